using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.OtaUpdates;

/// <summary>
/// ListOtaUpdatesAsOf — GET /godwit/ota-updates?asOf=: the updates that there were at a moment, newest first, and how far each was, from the journal; those that were deleted
/// since come with them.
/// </summary>
public sealed class ListOtaUpdatesAsOf(Database database, TimeProvider time) : IOperation<ListOtaUpdatesAsOf.Request, ListOtaUpdatesAsOf.Response>
{
    public const int PageMax = 50;

    private const string Scope = "otaUpdatesAsOf";
    private const int DefaultSize = 20;

    /// <summary>Deletions since the moment that are looked at, the first behind it.</summary>
    private const int DeletionsMax = 200;

    /// <param name="AsOf">Null for now.</param>
    public sealed record Request(DateTimeOffset? AsOf, int? MaxResults, string? NextToken);

    public sealed record Response(DateTimeOffset AsOf, IReadOnlyList<Summary> OtaUpdates, string? NextToken);

    /// <param name="Job">What its job was; null where it had none by then.</param>
    /// <param name="DeletedAt">When it was deleted, since.</param>
    public sealed record Summary(string OtaUpdateId, DateTimeOffset CreationDate, string? Description, DescribeJobAsOf.Response? Job, DateTimeOffset? DeletedAt);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.MaxResults is < 1 or > PageMax)
            return Task.FromResult<Result<Response>>(Errors.InvalidRequest($"maxResults is {request.MaxResults} and must be from 1 to {PageMax}."));
        if (!PageToken.TryRead(Scope, request.NextToken, 2, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        (long, string)? before = after[0].Length == 0 ? null : (long.Parse(after[0], CultureInfo.InvariantCulture), after[1]);
        return database.Read(session => List(session, caller.Account, request, before), ct);
    }

    private Result<Response> List(ReadSession session, string account, Request request, (long AtMs, string Id)? before)
    {
        var asOf = request.AsOf is { } asked && asked < time.GetUtcNow() ? asked : time.GetUtcNow();
        var last = JournalMoment.LastAt(session, asOf);
        var size = request.MaxResults ?? DefaultSize;
        var first = before ?? (asOf.ToUnixTimeMilliseconds() + 1, "");
        var rows = Kept(session, account, first, size + 1).Concat(Gone(session, account, last, first))
            .OrderByDescending(row => row.CreatedAtMs).ThenByDescending(row => row.OtaUpdateId, StringComparer.Ordinal).Take(size + 1).ToList();
        var page = PageToken.Page(Scope, rows, size, row => Of(session, account, row, asOf, last), row => [row.CreatedAtMs.ToString(CultureInfo.InvariantCulture), row.OtaUpdateId]);
        // An id may have had a life that ended before the moment, and another that began behind it.
        return new Response(asOf, [.. page.Items.Where(one => one.DeletedAt is null || one.Job is not null)], page.NextToken);
    }

    private static IEnumerable<Row> Kept(ReadSession session, string account, (long AtMs, string Id) before, int max) => session.Query<Row>(
        """
        SELECT ota_update_id, created_at_ms, request, job_id FROM ota_update
        WHERE account = @account AND (created_at_ms, ota_update_id) < (@AtMs, @Id) ORDER BY created_at_ms DESC, ota_update_id DESC LIMIT @max
        """,
        new { account, before.AtMs, before.Id, max });

    /// <summary>When one that is gone was made is told by the first record of its job; one that never had a job is no loss.</summary>
    private static IEnumerable<Row> Gone(ReadSession session, string account, long last, (long AtMs, string Id) before) =>
        session.Query<DeletionRow>(
            "SELECT seq, at_ms, subject, job FROM journal WHERE account = @account AND kind = 'DeleteOTAUpdate' AND state_to IS NULL AND seq > @last ORDER BY seq LIMIT @DeletionsMax", new { account, last, DeletionsMax })
            .Where(row => row.Job is not null)
            .Select(row => new Row
            {
                OtaUpdateId = row.Subject[(row.Subject.IndexOf('/', StringComparison.Ordinal) + 1)..], JobId = row.Job, DeletedAtMs = row.AtMs,
                CreatedAtMs = session.First<long?>(
                    "SELECT MAX(at_ms) FROM journal WHERE account = @account AND job = @Job AND job IS NOT NULL AND thing IS NULL AND kind = 'CreateJob' AND seq <= @last",
                    new { account, row.Job, last }) ?? long.MaxValue,
            })
            // The same id may have been deleted more than once since: the first deletion was of the one that was there.
            .DistinctBy(row => row.OtaUpdateId)
            .Where(row => (row.CreatedAtMs, row.OtaUpdateId).CompareTo(before) < 0);

    private static Summary Of(ReadSession session, string account, Row row, DateTimeOffset asOf, long last) => new(
        row.OtaUpdateId, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), row.Request is null ? null : OtaUpdateJson.Read(row.Request).Description,
        row.JobId is null ? null : DescribeJobAsOf.Find(session, account, row.JobId, asOf, last),
        row.DeletedAtMs is { } deleted ? DateTimeOffset.FromUnixTimeMilliseconds(deleted) : null);

    private sealed record Row
    {
        public string OtaUpdateId { get; init; } = "";

        public long CreatedAtMs { get; init; }

        public string? Request { get; init; }

        public string? JobId { get; init; }

        public long? DeletedAtMs { get; init; }
    }

    private sealed record DeletionRow
    {
        public long AtMs { get; init; }

        public string Subject { get; init; } = "";

        public string? Job { get; init; }
    }
}
