using Godwit.Server.Hosting;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Journal;

/// <summary>
/// Cuts the journal's oldest records off, where the operator set how long they are kept. The last one cut stays as a mark with its hash, so that the chain of those
/// behind it can still be followed; whoever must prove more keeps backups.
/// </summary>
public sealed class JournalRetention(Database database, ServerOptions options, TimeProvider time, ILogger<JournalRetention> log)
    : Retention(options.KeepJournalDays, database, time, log)
{
    private const int Chunk = 2000;

    protected override string What => "journal records";

    /// <summary>A prefix goes and nothing else, whatever the clock did meanwhile; the newest record always stays.</summary>
    private protected override int RemoveSome(WriteSession session, long before)
    {
        var last = session.First<long?>(
            """
            SELECT MAX(seq) FROM (SELECT seq FROM journal ORDER BY seq LIMIT @limit) first
            WHERE seq < COALESCE((SELECT MIN(seq) FROM journal WHERE at_ms >= @before), (SELECT MAX(seq) FROM journal))
            """,
            new { before, limit = Chunk });
        if (last is null)
            return 0;
        JournalStretches.Cut(session, last.Value);
        var removed = session.Execute("DELETE FROM journal WHERE seq < @last", new { last });
        if (removed == 0 && session.First<string>("SELECT kind FROM journal WHERE seq = @last", new { last }) == JournalCheck.Retained)
            return 0;
        session.Execute(
            "UPDATE journal SET kind = @kind, subject = 'journal', state_from = NULL, state_to = NULL, why = 'what stood here and before was kept as long as the setting said', thing = NULL, job = NULL WHERE seq = @last",
            new { last, kind = JournalCheck.Retained });
        return removed + 1;
    }
}
