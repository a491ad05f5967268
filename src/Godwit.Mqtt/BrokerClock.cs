namespace Godwit.Mqtt;

/// <summary>Milliseconds since the broker was made: monotonic, small, and from the one clock that tests may move.</summary>
internal sealed class BrokerClock(TimeProvider time)
{
    private readonly long start = time.GetTimestamp();

    public TimeProvider Time => time;

    public long Now => (long)time.GetElapsedTime(start).TotalMilliseconds;

    /// <summary>The same instant on the wall, for what is written down.</summary>
    public DateTimeOffset UtcAt(long at)
    {
        var now = time.GetUtcNow();
        var ahead = at - Now;
        return ahead >= (DateTimeOffset.MaxValue - now).TotalMilliseconds ? DateTimeOffset.MaxValue : now.AddMilliseconds(ahead);
    }

    /// <summary>What was written down, on this clock again; never if null.</summary>
    public long At(DateTimeOffset? utc) => utc is { } known ? Now + (long)(known - time.GetUtcNow()).TotalMilliseconds : long.MaxValue;
}
