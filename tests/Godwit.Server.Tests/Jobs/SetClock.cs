namespace Godwit.Server.Tests.Jobs;

/// <summary>A clock that somebody sets: the time of day jumps, the time that passes does not.</summary>
internal sealed class SetClock(TimeProvider inner) : TimeProvider
{
    public TimeSpan By { get; set; }

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + By;

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
}
