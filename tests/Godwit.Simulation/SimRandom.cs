using Godwit.Server;

namespace Godwit.Simulation;

/// <summary>SplitMix64: every choice of a world comes from its seed. One stream for each concern, so that a change in one leaves the others.</summary>
internal sealed class SimRandom(ulong seed) : IRandomSource
{
    private ulong _state = seed;

    public static SimRandom Of(long seed, string stream)
    {
        var mixed = (ulong)seed * 0x9E3779B97F4A7C15 + 0x1234567;
        foreach (var c in stream)
            mixed = (mixed ^ c) * 0x100000001B3;
        var random = new SimRandom(mixed);
        random.Next();
        return random;
    }

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)(Next() % (ulong)count);

    /// <summary>Both ends included.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    public bool Chance(double probability) => (Next() >> 11) * (1.0 / (1UL << 53)) < probability;

    public T Pick<T>(params ReadOnlySpan<T> of) => of[Below(of.Length)];

    public TimeSpan Time(TimeSpan least, TimeSpan most) => least + TimeSpan.FromTicks((long)(Next() % (ulong)Math.Max(1, (most - least).Ticks)));

    public void Fill(Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(Next() >> 24);
    }
}
