using Godwit.Server.Hosting;
using Godwit.Server.Storage;

namespace Godwit.Server.Journal;

/// <summary>
/// Sums up how executions moved, and how many things came and went, stretch after stretch of the journal as each is full, so that <see cref="DescribeJobAsOf"/> of a job with
/// millions of records and <see cref="RegistryMoment"/> read some thousand rows. After a kill it goes on where it stopped; what is not summed yet is read from the journal itself.
/// </summary>
public sealed class JournalStretches(Database database, TimeProvider time) : PeriodicService(TimeSpan.FromSeconds(2), time)
{
    public const long Size = 4096;

    /// <summary>Under which things are summed up in place of a job, and the state in which one is that is there.</summary>
    internal const string Registry = "", Thing = "THING";

    private const string Reader = "journal-moves";

    /// <summary>The first stretch that is not summed up.</summary>
    public static long Folded(ReadSession session) => session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal_reader WHERE reader = @Reader", new { Reader });

    /// <summary>Forgets stretches that lie before a record, which was cut off with all before it.</summary>
    internal static void Cut(WriteSession session, long before) => session.Execute("DELETE FROM journal_move WHERE stretch < @stretch", new { stretch = before / Size });

    /// <summary>Sums up the next stretch, if it is full. Answers whether it was.</summary>
    public async Task<bool> Fold(CancellationToken ct)
    {
        var (stretch, moves) = await database.Read(Next, ct);
        if (moves is not null)
            await database.Write(session => Keep(session, stretch, moves), ct);
        return moves is not null;
    }

    private protected override async Task Round(CancellationToken ct)
    {
        while (await Fold(ct))
            ct.ThrowIfCancellationRequested();
    }

    private static (long Stretch, List<MoveRow>? Moves) Next(ReadSession session)
    {
        var stretch = Folded(session);
        var args = new { from = stretch * Size, until = (stretch + 1) * Size };
        if (session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal") < args.until)
            return (stretch, null);
        return (stretch, session.Query<MoveRow>(
            """
            SELECT account, job, COALESCE(state_from, '') AS state_from, COALESCE(state_to, '') AS state_to, COUNT(*) AS moved FROM journal
            WHERE seq >= @from AND seq < @until AND job IS NOT NULL AND thing IS NOT NULL GROUP BY account, job, COALESCE(state_from, ''), COALESCE(state_to, '')
            UNION ALL
            SELECT account, '', CASE kind WHEN 'CreateThing' THEN '' ELSE 'THING' END, CASE kind WHEN 'CreateThing' THEN 'THING' ELSE '' END, COUNT(*) FROM journal
            WHERE seq >= @from AND seq < @until AND kind IN ('CreateThing', 'DeleteThing') GROUP BY account, kind
            """,
            args));
    }

    private static int Keep(WriteSession session, long stretch, List<MoveRow> moves)
    {
        foreach (var move in moves)
            session.Execute(
                """
                INSERT INTO journal_move (account, job, stretch, state_from, state_to, moved) VALUES (@Account, @Job, @stretch, @StateFrom, @StateTo, @Moved)
                ON CONFLICT (account, job, stretch, state_from, state_to) DO UPDATE SET moved = excluded.moved
                """,
                new { move.Account, move.Job, stretch, move.StateFrom, move.StateTo, move.Moved });
        return session.Execute(
            "INSERT INTO journal_reader (reader, seq) VALUES (@Reader, @next) ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq", new { Reader, next = stretch + 1 });
    }

    private sealed record MoveRow
    {
        public string Account { get; init; } = "";

        public string Job { get; init; } = "";

        public string StateFrom { get; init; } = "";

        public string StateTo { get; init; } = "";

        public long Moved { get; init; }
    }
}
