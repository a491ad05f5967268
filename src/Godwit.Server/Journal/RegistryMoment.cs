using Godwit.Server.Storage;

namespace Godwit.Server.Journal;

/// <summary>How many things there were at a moment, by what the journal says of those that came and went since.</summary>
internal static class RegistryMoment
{
    /// <param name="counted">How many there were when they were counted.</param>
    /// <param name="last">The last record that was there then.</param>
    public static long Things(ReadSession session, string account, long counted, long last, DateTimeOffset moment)
    {
        var (begin, end) = (JournalMoment.LastAt(session, last, moment.ToUnixTimeMilliseconds()) + 1, last + 1);
        // Full stretches that lie within, and what is left before and behind them.
        var from = (begin + JournalStretches.Size - 1) / JournalStretches.Size;
        var until = Math.Min(end / JournalStretches.Size, JournalStretches.Folded(session));
        var grown = until <= from
            ? Walk(session, account, begin, end)
            : Walk(session, account, begin, from * JournalStretches.Size) + Sum(session, account, from, until) + Walk(session, account, until * JournalStretches.Size, end);
        return Math.Max(0, counted - grown);
    }

    private static long Sum(ReadSession session, string account, long from, long until) => session.First<long>(
        """
        SELECT COALESCE(SUM(CASE state_to WHEN @Thing THEN moved ELSE -moved END), 0) FROM journal_move
        WHERE account = @account AND job = @Registry AND stretch >= @from AND stretch < @until
        """,
        new { account, from, until, JournalStretches.Registry, JournalStretches.Thing });

    private static long Walk(ReadSession session, string account, long begin, long end) => begin >= end ? 0 : session.First<long>(
        """
        SELECT COALESCE(SUM(CASE kind WHEN 'CreateThing' THEN 1 ELSE -1 END), 0) FROM journal
        WHERE seq >= @begin AND seq < @end AND account = @account AND kind IN ('CreateThing', 'DeleteThing')
        """,
        new { account, begin, end });
}
