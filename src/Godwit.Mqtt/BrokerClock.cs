namespace Godwit.Mqtt;

/// <summary>Milliseconds since the broker was made: monotonic, small, and from the one clock that tests may move.</summary>
internal sealed class BrokerClock(TimeProvider time)
{
    private readonly long start = time.GetTimestamp();

    public TimeProvider Time => time;

    public long Now => (long)time.GetElapsedTime(start).TotalMilliseconds;
}
