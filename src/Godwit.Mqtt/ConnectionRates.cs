namespace Godwit.Mqtt;

/// <summary>What one connection has used of its <see cref="RateLimits"/>; on the connection's own path only.</summary>
internal struct ConnectionRates(RateLimits limits, long now)
{
    private TokenBucket publishes = new(limits.PublishesPerSecond ?? 0, limits.PublishesPerSecond ?? 0, now);
    private TokenBucket bytes = new(limits.BytesPerSecond ?? 0, limits.BytesPerSecond ?? 0, now);

    public bool TryTakePublish(long now) => publishes.TryTake(1, now);

    /// <summary>For how many milliseconds the socket is not to be read.</summary>
    public long OwedForBytes(int read, long now) => bytes.Take(read, now);
}
