using System.Numerics;

namespace Godwit.Bench.Measuring;

/// <summary>Durations in buckets an eighth of a power of two wide: a percentile is right to 9 %, recording costs a few nanoseconds. One writer.</summary>
public sealed class LatencyHistogram
{
    private const int Steps = 8;

    private readonly long[] _buckets = new long[64 * Steps];

    public void Record(long ticks)
    {
        var value = (ulong)Math.Max(ticks, Steps);
        var power = BitOperations.Log2(value);
        _buckets[(power * Steps) + (int)((value >> (power - 3)) & (Steps - 1))]++;
    }

    public void Clear() => Array.Clear(_buckets);

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _buckets.Length; i++)
            _buckets[i] += other._buckets[i];
    }

    /// <summary>The upper end of the bucket that holds the share, in the ticks that were recorded; 0 if nothing was.</summary>
    public double Percentile(double share)
    {
        var total = _buckets.Sum();
        long seen = 0;
        for (var i = 0; i < _buckets.Length && total > 0; i++)
        {
            seen += _buckets[i];
            if (seen >= share * total)
                return Math.ScaleB(1 + (((i % Steps) + 1) / (double)Steps), i / Steps);
        }
        return 0;
    }
}
