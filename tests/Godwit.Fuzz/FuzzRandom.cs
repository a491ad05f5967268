using System.Text;

namespace Godwit.Fuzz;

/// <summary>SplitMix64: a case is its decoder's name and its number, and nothing else.</summary>
internal sealed class FuzzRandom
{
    private ulong _state;

    public void Begin(string target, long number)
    {
        _state = (ulong)number * 0x9E3779B97F4A7C15;
        foreach (var c in target)
            _state = (_state ^ c) * 0x100000001B3;
        Next();
    }

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    public int Below(int count) => (int)(Next() % (ulong)count);

    public bool Chance(int percent) => Below(100) < percent;

    public T Pick<T>(params ReadOnlySpan<T> of) => of[Below(of.Length)];

    /// <summary>Small for the most part, and now and then at an edge of a width.</summary>
    public ulong Number() => Below(8) switch
    {
        0 => Pick<ulong>(0, 1, 23, 24, 255, 256, 65535, 65536, uint.MaxValue, 1UL << 32, long.MaxValue, 1UL << 63, ulong.MaxValue),
        1 => Next() >> Below(64),
        _ => (ulong)Below(40),
    };

    /// <summary>Text of letters and of what breaks decoders.</summary>
    public string Text(int longest)
    {
        var text = new StringBuilder();
        for (var i = Below(longest + 1); i > 0; i--)
            text.Append(Below(16) switch
            {
                0 => '/', 1 => '+', 2 => '#', 3 => '$', 4 => 'é', 5 => '\uFEFF', 6 => Pick('\u0001', '"', '\\', '\u2028'), _ => (char)('a' + Below(6)),
            });
        return text.ToString();
    }

    /// <summary>A few bytes changed, cut out, doubled or put in; sometimes none.</summary>
    public byte[] Mutate(byte[] bytes)
    {
        var list = new List<byte>(bytes);
        for (var i = Pick(0, 0, 1, 1, 2, 4); i > 0; i--)
        {
            var at = list.Count == 0 ? 0 : Below(list.Count);
            switch (Below(6))
            {
                case 0 when list.Count > 0: list[at] ^= (byte)(1 << Below(8)); break;
                case 1 when list.Count > 0: list[at] = Pick<byte>(0, 1, 0x7F, 0x80, 0xFF, 0xC0, 0xED); break;
                case 2 when list.Count > 0: list.RemoveRange(at, Math.Min(list.Count - at, 1 + Below(4))); break;
                case 3: list.Insert(at, (byte)Next()); break;
                case 4 when list.Count > 0: list.InsertRange(at, list.GetRange(at, Math.Min(list.Count - at, 1 + Below(8)))); break;
                default: list.RemoveRange(Math.Min(list.Count, at + 1), list.Count - Math.Min(list.Count, at + 1)); break;
            }
        }
        return [.. list];
    }
}
