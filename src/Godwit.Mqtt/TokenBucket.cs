namespace Godwit.Mqtt;

/// <summary>So many a second, with a burst: pure arithmetic over the milliseconds it is given. A bucket with rate zero lets everything through.</summary>
public struct TokenBucket
{
    private readonly double perSecond;
    private readonly double burst;
    private double tokens;
    private long at;

    public TokenBucket(double perSecond, double burst, long now)
    {
        this.perSecond = perSecond;
        this.burst = burst;
        tokens = burst;
        at = now;
    }

    /// <summary>Takes them if they are there.</summary>
    public bool TryTake(double count, long now)
    {
        if (perSecond <= 0)
            return true;
        Fill(now);
        if (tokens < count)
            return false;
        tokens -= count;
        return true;
    }

    /// <summary>Takes them on credit: gives back for how many milliseconds nothing more is to be taken.</summary>
    public long Take(double count, long now)
    {
        if (perSecond <= 0)
            return 0;
        Fill(now);
        tokens -= count;
        return tokens >= 0 ? 0 : (long)Math.Ceiling(-tokens * 1000 / perSecond);
    }

    /// <summary>Nothing is owed and nothing was taken lately: a new bucket would be the same.</summary>
    public bool IsFull(long now)
    {
        if (perSecond > 0)
            Fill(now);
        return perSecond <= 0 || tokens >= burst;
    }

    private void Fill(long now)
    {
        tokens = Math.Min(burst, tokens + (Math.Max(0, now - at) * perSecond / 1000));
        at = now;
    }
}
