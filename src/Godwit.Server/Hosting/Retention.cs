using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Hosting;

/// <summary>Removes, every hour and a little at a time, what is older than the operator keeps it.</summary>
/// <param name="days">How long it is kept; null for ever.</param>
public abstract partial class Retention(int? days, Database database, TimeProvider time, ILogger log)
    : PeriodicService(TimeSpan.FromHours(1), time, atOnce: true)
{
    /// <summary>What is removed, in the plural, as the log calls it.</summary>
    protected abstract string What { get; }

    /// <summary>Removes some of what is older; answers how many went, 0 once none is left.</summary>
    /// <param name="session">The transaction of this piece.</param>
    /// <param name="before">Unix milliseconds.</param>
    private protected abstract int RemoveSome(WriteSession session, long before);

    private protected override Task Round(CancellationToken ct) => RemoveDue(ct);

    /// <summary>Removes all that is due; answers how many went.</summary>
    internal async Task<long> RemoveDue(CancellationToken ct)
    {
        if (days is not { } kept)
            return 0;
        var before = Time.GetUtcNow().AddDays(-kept).ToUnixTimeMilliseconds();
        var removed = 0L;
        try
        {
            while (await database.Write(session => RemoveSome(session, before), ct) is > 0 and var some)
                removed += some;
        }
        catch (StorageException failure)
        {
            LogFailed(failure, What);
        }
        if (removed > 0)
            LogRemoved(removed, What, kept);
        return removed;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} {What} that are older than {Days} days")]
    private partial void LogRemoved(long count, string what, int days);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old {What} could not be removed; the next round tries again")]
    private partial void LogFailed(Exception failure, string what);
}
