using System.Collections.Concurrent;

namespace Godwit.Crash;

/// <summary>What the service has acknowledged: from then on it must never be lost, whatever happens to the process.</summary>
public sealed class Ledger
{
    private readonly ConcurrentQueue<Promise> _fresh = new();
    private readonly List<Promise> _checked = [];

    /// <summary>Acknowledged since the start.</summary>
    public int Count => _fresh.Count + _checked.Count;

    /// <summary>Calls that ended without an answer: they may or may not have happened.</summary>
    public int Unknown => _unknown;

    private int _unknown;

    public void Acknowledged(Promise promise) => _fresh.Enqueue(promise);

    public void NotAnswered() => Interlocked.Increment(ref _unknown);

    /// <summary>What has been promised since the last look, and some of what was promised before.</summary>
    public List<Promise> ToCheck(Random random)
    {
        var due = new List<Promise>();
        for (var i = 0; i < 200 && _checked.Count > 0; i++)
            due.Add(_checked[random.Next(_checked.Count)]);
        while (_fresh.TryDequeue(out var promise))
        {
            due.Add(promise);
            _checked.Add(promise);
        }
        return due;
    }

    public List<Promise> Everything()
    {
        while (_fresh.TryDequeue(out var promise))
            _checked.Add(promise);
        return _checked;
    }
}

/// <summary>Something acknowledged: its kind, its name, and what it must look like when read back.</summary>
public sealed record Promise(string Kind, string Name, string Expected);
