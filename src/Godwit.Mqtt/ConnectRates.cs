namespace Godwit.Mqtt;

/// <summary>How often each client id connects: two devices that fight for one id must not cost more than a few handshakes a second.</summary>
internal sealed class ConnectRates(RateLimits limits)
{
    /// <summary>Ids that are watched at a time; beyond that the others are let through.</summary>
    private const int WatchedMax = 100_000;

    private readonly Lock gate = new();
    private readonly Dictionary<(string Domain, string ClientId), TokenBucket> buckets = [];
    private readonly Dictionary<string, TokenBucket> ofDomains = [];

    public bool TryTake(string domain, string clientId, long now)
    {
        lock (gate)
            return TryTakeOfDomain(domain, now) && TryTakeOfClient(domain, clientId, now);
    }

    /// <summary>Forgets those that have been quiet.</summary>
    public void Sweep(long now)
    {
        lock (gate)
        {
            foreach (var (client, bucket) in buckets)
            {
                if (bucket.IsFull(now))
                    buckets.Remove(client);
            }
        }
    }

    private bool TryTakeOfDomain(string domain, long now)
    {
        if (limits.ConnectsPerSecondPerDomain is not { } rate)
            return true;
        if (!ofDomains.TryGetValue(domain, out var bucket))
            bucket = new TokenBucket(rate, rate, now);
        var taken = bucket.TryTake(1, now);
        ofDomains[domain] = bucket;
        return taken;
    }

    private bool TryTakeOfClient(string domain, string clientId, long now)
    {
        if (limits.ConnectsPerSecondPerClient is not { } rate)
            return true;
        if (!buckets.TryGetValue((domain, clientId), out var bucket))
        {
            if (buckets.Count >= WatchedMax)
                return true;
            bucket = new TokenBucket(rate, limits.ConnectBurst, now);
        }

        var taken = bucket.TryTake(1, now);
        buckets[(domain, clientId)] = bucket;
        return taken;
    }
}
