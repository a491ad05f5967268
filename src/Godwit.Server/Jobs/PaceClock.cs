using System.Collections.Concurrent;

namespace Godwit.Server.Jobs;

/// <summary>
/// How much time has certainly passed since a pace was computed, by the monotonic clock of this process: nothing for a pace of an earlier process, of
/// another node, or of a transaction that was rolled back. One entry for each job that is in progress.
/// </summary>
public sealed class PaceClock(TimeProvider time)
{
    private readonly ConcurrentDictionary<long, (string Pace, long Timestamp)> _noted = new();

    /// <summary>A pace that has not changed keeps the time of its first note.</summary>
    public void Note(long jobKey, string pace)
    {
        if (!_noted.TryGetValue(jobKey, out var noted) || noted.Pace != pace)
            _noted[jobKey] = (pace, time.GetTimestamp());
    }

    public TimeSpan Since(long jobKey, string pace) =>
        _noted.TryGetValue(jobKey, out var noted) && noted.Pace == pace ? time.GetElapsedTime(noted.Timestamp) : TimeSpan.Zero;

    public void Forget(long jobKey) => _noted.TryRemove(jobKey, out _);
}
