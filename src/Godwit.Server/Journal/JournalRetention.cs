using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Journal;

/// <summary>
/// Cuts the journal's oldest records off, where the operator set how long they are kept. The last one cut stays as a mark with its hash, so that the chain of those
/// behind it can still be followed; whoever must prove more keeps backups.
/// </summary>
public sealed partial class JournalRetention(Database database, ServerOptions options, TimeProvider time, ILogger<JournalRetention> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    private const int Chunk = 2000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.KeepJournalDays is null)
            return;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
                await Round(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    /// <summary>Cuts off all that is due; answers how many records went.</summary>
    internal async Task<long> Round(CancellationToken ct)
    {
        if (options.KeepJournalDays is not { } days)
            return 0;
        var before = time.GetUtcNow().AddDays(-days).ToUnixTimeMilliseconds();
        var removed = 0L;
        try
        {
            while (await database.Write(session => CutSome(session, before), ct) is > 0 and var some)
                removed += some;
        }
        catch (StorageException failure)
        {
            LogFailed(failure);
        }
        if (removed > 0)
            LogCut(removed, days);
        return removed;
    }

    /// <summary>A prefix goes and nothing else, whatever the clock did meanwhile; the newest record always stays.</summary>
    private static int CutSome(WriteSession session, long before)
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Cut {Count} journal records that are older than {Days} days")]
    private partial void LogCut(long count, int days);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal could not be cut; the next round tries again")]
    private partial void LogFailed(Exception failure);
}
