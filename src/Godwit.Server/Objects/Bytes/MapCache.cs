using System.Collections.Concurrent;
using Godwit.Core.Objects;

namespace Godwit.Server.Objects.Bytes;

/// <summary>The images being served, as memory. Bounded; those without a lease go first, the longest unused before others.</summary>
internal sealed class MapCache
{
    private const int CountMax = 256;

    /// <summary>Address space, not memory: the kernel drops and re-reads pages as it needs.</summary>
    private const long BytesMax = 16L << 30;

    private readonly ConcurrentDictionary<BytesId, MappedBytes> _maps = new();
    private readonly Lock _adding = new();
    private long _clock;

    public bool TryLease(BytesId id, out BytesLease lease)
    {
        if (!_maps.TryGetValue(id, out var mapped))
        {
            lease = default;
            return false;
        }
        mapped.LastUse = Interlocked.Increment(ref _clock);
        lease = mapped.Lease();
        return true;
    }

    public BytesLease Add(BytesId id, MappedBytes mapped)
    {
        lock (_adding)
        {
            var kept = _maps.GetOrAdd(id, mapped);
            kept.LastUse = Interlocked.Increment(ref _clock);
            var lease = kept.Lease();
            Shrink();
            return lease;
        }
    }

    public void Forget(BytesId id) => _maps.TryRemove(id, out _);

    public void Clear() => _maps.Clear();

    private void Shrink()
    {
        var bytes = _maps.Values.Sum(m => (long)m.SizeBytes);
        if (_maps.Count <= CountMax && bytes <= BytesMax)
            return;
        foreach (var (id, mapped) in _maps.Where(m => m.Value.Uses == 0).OrderBy(m => m.Value.LastUse).ToList())
        {
            if (_maps.Count <= CountMax && bytes <= BytesMax)
                return;
            if (_maps.TryRemove(id, out _))
                bytes -= mapped.SizeBytes;
        }
    }
}
