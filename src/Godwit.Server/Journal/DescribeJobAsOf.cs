using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Journal;

/// <summary>DescribeJobAsOf — GET /godwit/jobs/{jobId}?asOf=: what a job was at a moment, from the journal alone: its full stretches are summed up already.</summary>
public sealed class DescribeJobAsOf(Database database, TimeProvider time)
{
    public const string Paused = "PauseJob", Resumed = "ResumeJob";

    /// <summary>The job's own records, of which there is an index.</summary>
    private const string OwnRecords = "account = @Account AND job = @Job AND job IS NOT NULL AND thing IS NULL AND subject = @Subject";

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

    private static Result<Response> Describe(ReadSession session, string account, string jobId, DateTimeOffset asOf) =>
        Find(session, account, jobId, asOf, JournalMoment.LastAt(session, asOf)) is { } found ? found : Errors.ResourceNotFound($"Job {jobId} did not exist at {asOf:O}.");

    /// <summary>Null where there was no such job.</summary>
    /// <param name="last">The last record of the moment: what is looked at is a prefix of the journal.</param>
    internal static Response? Find(ReadSession session, string account, string jobId, DateTimeOffset asOf, long last)
    {
        var args = new Scope { Account = account, Job = jobId, Subject = "job/" + jobId, Last = last };
        // An id may be used again after its deletion: the story begins with the last creation.
        args = args with
        {
            First = session.First<long>($"SELECT COALESCE(MAX(seq), 0) FROM journal WHERE {OwnRecords} AND state_from IS NULL AND seq <= @Last", args),
        };
        var status = args.First == 0 ? null : session.First<string>(
            $"SELECT state_to FROM journal WHERE {OwnRecords} AND seq BETWEEN @First AND @Last ORDER BY seq DESC LIMIT 1", args);
        return status is null ? null : new Response
        {
            JobId = jobId, AsOf = asOf, Status = status, Paused = IsPaused(session, args), Counts = JobAsOf.Fold(MovesOf(session, args)),
        };
    }

    private static bool IsPaused(ReadSession session, Scope args) => session.First<string>(
        $"""
        SELECT kind FROM journal
        WHERE {OwnRecords} AND seq BETWEEN @First AND @Last AND kind IN ('{Paused}', '{Resumed}') ORDER BY seq DESC LIMIT 1
        """,
        args) == Paused;

    /// <summary>What a deletion takes away is not counted: the job's counters stand still while it runs.</summary>
    private static IEnumerable<Moves> MovesOf(ReadSession session, Scope args)
    {
        var deletion = session.First<long?>($"SELECT MIN(seq) FROM journal WHERE {OwnRecords} AND seq > @First AND state_to = 'DELETION_IN_PROGRESS'", args);
        var (begin, end) = (args.First, Math.Min(args.Last + 1, deletion ?? long.MaxValue));
        // Full stretches that lie within, and what is left before and behind them.
        var from = (begin + JournalStretches.Size - 1) / JournalStretches.Size;
        var until = Math.Min(end / JournalStretches.Size, JournalStretches.Folded(session));
        if (until <= from)
            return Walk(session, args, begin, end);
        return
        [
            .. Walk(session, args, begin, from * JournalStretches.Size),
            .. session.Query<MoveRow>(
                "SELECT state_from, state_to, SUM(moved) AS moved FROM journal_move WHERE account = @Account AND job = @Job AND stretch >= @from AND stretch < @until GROUP BY state_from, state_to",
                new { args.Account, args.Job, from, until }).Select(MovesOf),
            .. Walk(session, args, until * JournalStretches.Size, end),
        ];
    }

    private static IEnumerable<Moves> Walk(ReadSession session, Scope args, long begin, long end) => begin >= end ? [] : session.Query<MoveRow>(
        """
        SELECT state_from, state_to, COUNT(*) AS moved FROM journal
        WHERE account = @Account AND job = @Job AND thing IS NOT NULL AND seq >= @begin AND seq < @end GROUP BY state_from, state_to
        """,
        new { args.Account, args.Job, begin, end }).Select(MovesOf);

    private static Moves MovesOf(MoveRow row) => new(row.StateFrom is { Length: > 0 } from ? from : null, row.StateTo is { Length: > 0 } to ? to : null, row.Moved);

    private sealed record Scope
    {
        public required string Account { get; init; }

        public required string Job { get; init; }

        public required string Subject { get; init; }

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
