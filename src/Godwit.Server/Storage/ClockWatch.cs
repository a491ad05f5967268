namespace Godwit.Server.Storage;

/// <summary>Watches the wall clock by the monotonic one, from one reading to the next. For one thread.</summary>
internal sealed class ClockWatch(TimeProvider time)
{
    /// <summary>By this much the clocks may come apart between two readings before it counts as a jump.</summary>
    private static readonly TimeSpan Drift = TimeSpan.FromSeconds(1);

    /// <summary>What was read last; null before the first reading.</summary>
    public (DateTimeOffset Clock, long Timestamp)? Last { get; set; }

    /// <summary>The wall clock, and by how much it has jumped since the last reading: forward if positive, zero for not at all.</summary>
    public (DateTimeOffset Now, TimeSpan Jump) Read()
    {
        var (now, timestamp) = (time.GetUtcNow(), time.GetTimestamp());
        var jump = Last is { } last ? now - last.Clock - time.GetElapsedTime(last.Timestamp, timestamp) : TimeSpan.Zero;
        Last = (now, timestamp);
        return (now, jump.Duration() > Drift ? jump : TimeSpan.Zero);
    }
}
