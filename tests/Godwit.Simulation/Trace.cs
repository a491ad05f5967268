using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Simulation;

/// <summary>What happened, line by line: the same seed gives the same bytes. The last lines are kept, the hash covers all.</summary>
internal sealed class Trace(TextWriter? full) : IDisposable
{
    private const int Kept = 60;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<string> _last = new(Kept);

    public int Lines { get; private set; }

    public IEnumerable<string> Last => _last;

    public string Hash => Convert.ToHexStringLower(_hash.GetCurrentHash().AsSpan(0, 16));

    /// <param name="ticks">Simulated time.</param>
    /// <param name="line">Never anything that differs between two processes: no addresses, no signatures, no real time.</param>
    public void Add(long ticks, string line)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{ticks / 10_000_000.0:F4} {line}");
        _hash.AppendData(Encoding.UTF8.GetBytes(text));
        _hash.AppendData("\n"u8);
        if (_last.Count == Kept)
            _last.Dequeue();
        _last.Enqueue(text);
        full?.WriteLine(text);
        Lines++;
    }

    public void Dispose() => _hash.Dispose();
}
