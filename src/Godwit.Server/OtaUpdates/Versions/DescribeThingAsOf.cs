using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.OtaUpdates.Versions;

/// <summary>
/// DescribeThingAsOf — GET /godwit/things/{thingName}?asOf=: what a device was at a moment, from its own records in the journal: its attributes and certificates, the version
/// that it had claimed last, and how each of its jobs stood. Type, groups and connection are not told by them.
/// </summary>
public sealed class DescribeThingAsOf(Database database, TimeProvider time) : IOperation<DescribeThingAsOf.Request, DescribeThingAsOf.Response>
{
    private const int JobsMax = 20;

    /// <summary>Records of the registry since the thing was created; beyond, the first of them count.</summary>
    private const int RecordsMax = 5000;

    /// <param name="AsOf">Null for now.</param>
    public sealed record Request(string ThingName, DateTimeOffset? AsOf);

    public sealed record Response
    {
        public required string ThingName { get; init; }

        public required DateTimeOffset AsOf { get; init; }

        /// <summary>It was in the registry.</summary>
        public required bool Registered { get; init; }

        public required IReadOnlyDictionary<string, string> Attributes { get; init; }

        /// <summary>Ids of certificates that were attached to it.</summary>
        public required IReadOnlyList<string> Certificates { get; init; }

        public Claim? Version { get; init; }

        /// <summary>The newest first, each as it stood.</summary>
        public required IReadOnlyList<JobThen> Jobs { get; init; }
    }

    /// <param name="Version">The update's version; its id where it names none or is gone by now.</param>
    public sealed record Claim(string Version, string JobId, DateTimeOffset Since);

    /// <param name="At">When it came to this status, or last said that it is in it.</param>
    public sealed record JobThen(string JobId, string Status, DateTimeOffset At, string? Reason);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read(session => Describe(session, caller.Account, request.ThingName, request.AsOf is { } asked && asked < time.GetUtcNow() ? asked : time.GetUtcNow()), ct);

    private static Result<Response> Describe(ReadSession session, string account, string thing, DateTimeOffset asOf)
    {
        var args = new { account, thing, last = JournalMoment.LastAt(session, asOf), RecordsMax, JobsMax };
        var registry = ThingAsOf.Fold(session.Query<Row>(
            """
            SELECT kind, state_from, state_to FROM journal
            WHERE account = @account AND thing = @thing AND thing IS NOT NULL AND job IS NULL AND seq <= @last AND seq >= COALESCE(
              (SELECT MAX(seq) FROM journal WHERE account = @account AND thing = @thing AND thing IS NOT NULL AND kind = 'CreateThing' AND seq <= @last), 0)
            ORDER BY seq LIMIT @RecordsMax
            """,
            args).Select(row => new ThingMove(row.Kind, row.StateFrom, row.StateTo)));
        var jobs = session.Query<Row>(
            """
            SELECT at_ms, job, state_to, why FROM journal WHERE seq IN (
              SELECT MAX(seq) FROM journal WHERE account = @account AND thing = @thing AND thing IS NOT NULL AND job IS NOT NULL AND seq <= @last GROUP BY job)
              AND state_to IS NOT NULL ORDER BY seq DESC LIMIT @JobsMax
            """,
            args);
        if (!registry.IsRegistered && jobs.Count == 0)
            return Errors.ResourceNotFound($"Thing {thing} did not exist at {asOf:O}.");
        return new Response
        {
            ThingName = thing, AsOf = asOf, Registered = registry.IsRegistered, Attributes = AttributeText.Read(registry.Attributes ?? "{}"), Certificates = registry.Certificates,
            Version = Claimed(session, account, jobs), Jobs = [.. jobs.Select(row => new JobThen(row.Job!, row.StateTo!, At(row), row.Why))],
        };
    }

    /// <summary>The newest update that had succeeded.</summary>
    private static Claim? Claimed(ReadSession session, string account, List<Row> jobs) =>
        jobs.Find(row => row.StateTo == "SUCCEEDED" && OtaUpdateRules.OfJob(row.Job!) is not null) is { } row
            ? new Claim(OtaUpdateStore.VersionOfJob(session, account, row.Job!) ?? OtaUpdateRules.OfJob(row.Job!)!, row.Job!, At(row))
            : null;

    private static DateTimeOffset At(Row row) => DateTimeOffset.FromUnixTimeMilliseconds(row.AtMs);

    private sealed record Row
    {
        public long AtMs { get; init; }

        public string Kind { get; init; } = "";

        public string? Job { get; init; }

        public string? StateFrom { get; init; }

        public string? StateTo { get; init; }

        public string? Why { get; init; }
    }
}
