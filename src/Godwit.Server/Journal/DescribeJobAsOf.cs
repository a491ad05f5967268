using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Journal;

/// <summary>DescribeJobAsOf — GET /godwit/jobs/{jobId}?asOf=: what a job was at a moment, from the journal alone; the database sums, nothing grows with the fleet.</summary>
public sealed class DescribeJobAsOf(Database database, TimeProvider time)
{
    public const string Paused = "PauseJob", Resumed = "ResumeJob";

    /// <param name="AsOf">Null for now.</param>
    public sealed record Request(string JobId, DateTimeOffset? AsOf);

    public sealed record Response
    {
        public required string JobId { get; init; }

        public required DateTimeOffset AsOf { get; init; }

        public required string Status { get; init; }

        public required bool Paused { get; init; }

        public required JobCounts Counts { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read(session => Describe(session, caller.Account, request.JobId, request.AsOf ?? time.GetUtcNow()), ct);

    private static Result<Response> Describe(ReadSession session, string account, string jobId, DateTimeOffset asOf)
    {
        var args = new Scope { Account = account, Job = jobId, Subject = "job/" + jobId, At = asOf.ToUnixTimeMilliseconds() };
        // A prefix of the journal, whatever the clock did meanwhile.
        args = args with { Last = session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal WHERE account = @Account AND job = @Job AND at_ms <= @At", args) };
        // An id may be used again after its deletion: the story begins with the last creation.
        args = args with
        {
            First = session.First<long>(
                "SELECT COALESCE(MAX(seq), 0) FROM journal WHERE account = @Account AND job = @Job AND subject = @Subject AND state_from IS NULL AND seq <= @Last", args),
        };
        var status = args.First == 0 ? null : session.First<string>(
            "SELECT state_to FROM journal WHERE account = @Account AND job = @Job AND subject = @Subject AND seq BETWEEN @First AND @Last ORDER BY seq DESC LIMIT 1", args);
        if (status is null)
            return Errors.ResourceNotFound($"Job {jobId} did not exist at {asOf:O}.");
        return new Response
        {
            JobId = jobId, AsOf = asOf, Status = status, Paused = IsPaused(session, args), Counts = JobAsOf.Fold(MovesOf(session, args)),
        };
    }

    private static bool IsPaused(ReadSession session, Scope args) => session.First<string>(
        $"""
        SELECT kind FROM journal
        WHERE account = @Account AND job = @Job AND subject = @Subject AND seq BETWEEN @First AND @Last AND kind IN ('{Paused}', '{Resumed}') ORDER BY seq DESC LIMIT 1
        """,
        args) == Paused;

    /// <summary>What a deletion takes away is not counted: the job's counters stand still while it runs.</summary>
    private static IEnumerable<Moves> MovesOf(ReadSession session, Scope args) => session.Query<MoveRow>(
        """
        SELECT state_from, state_to, COUNT(*) AS moved FROM journal
        WHERE account = @Account AND job = @Job AND thing IS NOT NULL AND seq BETWEEN @First AND @Last
          AND seq < COALESCE((
            SELECT MIN(d.seq) FROM journal d
            WHERE d.account = @Account AND d.job = @Job AND d.subject = @Subject AND d.seq > @First AND d.state_to = 'DELETION_IN_PROGRESS'), @Last + 1)
        GROUP BY state_from, state_to
        """,
        args).Select(row => new Moves(row.StateFrom, row.StateTo, row.Moved));

    private sealed record Scope
    {
        public required string Account { get; init; }

        public required string Job { get; init; }

        public required string Subject { get; init; }

        public long At { get; init; }

        public long First { get; init; }

        public long Last { get; init; }
    }

    private sealed record MoveRow
    {
        public string? StateFrom { get; init; }

        public string? StateTo { get; init; }

        public long Moved { get; init; }
    }
}
