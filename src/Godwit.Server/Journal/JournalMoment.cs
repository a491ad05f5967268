using Godwit.Server.Storage;

namespace Godwit.Server.Journal;

/// <summary>Finds the place in the journal at which a moment lies.</summary>
internal static class JournalMoment
{
    /// <summary>The last record that was made by then, of all that there are.</summary>
    public static long LastAt(ReadSession session, DateTimeOffset moment) =>
        LastAt(session, session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal"), moment.ToUnixTimeMilliseconds());

    /// <summary>The last record that was made by then. Times grow with the records, but for a clock that was set back: close enough for a look at the past.</summary>
    public static long LastAt(ReadSession session, long last, long untilMs)
    {
        var (low, high) = (0L, last);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (session.First<long>("SELECT at_ms FROM journal WHERE seq >= @middle ORDER BY seq LIMIT 1", new { middle }) <= untilMs)
                low = middle;
            else
                high = middle - 1;
        }
        return low;
    }
}
