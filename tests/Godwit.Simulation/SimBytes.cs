using System.Collections.Concurrent;
using System.Security.Cryptography;
using Godwit.Core.Objects;
using Godwit.Server.Objects.Bytes;

namespace Godwit.Simulation;

/// <summary>
/// The bytes of a world's objects, in memory, which outlive its servers as a disk does. What is mapped is mapped from a file, for that is what the block path
/// takes; a file is named by its content, so that all worlds share the few that there are.
/// </summary>
internal sealed class SimBytes(World world) : IObjectBytes
{
    private static readonly ConcurrentDictionary<BytesId, MappedBytes> s_mapped = new();
    private static readonly string s_folder = Directory.CreateTempSubdirectory("godwit-simulation-bytes-").FullName;

    private readonly Dictionary<BytesId, byte[]> _all = [];

    public long MapBytesMax => int.MaxValue;

    public BytesWriter Create() => new Writer(this);

    public ValueTask<BytesLease> Map(BytesId id, CancellationToken ct)
    {
        var bytes = Find(id);
        if (world.Sabotage?.DamagesBytes() != true)
            return new(s_mapped.GetOrAdd(id, _ => Kept(id.Value, bytes)).Lease());
        byte[] damaged = [.. bytes];
        damaged[^1] ^= 1;
        var other = BytesId.Of(SHA256.HashData(damaged));
        return new(s_mapped.GetOrAdd(other, _ => Kept(other.Value, damaged)).Lease());
    }

    public ValueTask<Stream> OpenRead(BytesId id, ByteRange range, CancellationToken ct) =>
        new(new MemoryStream(Find(id), (int)range.Offset, (int)range.Length, writable: false));

    public Task<int> Collect(Func<BytesId, bool> isReferenced, CancellationToken ct) => throw new NotSupportedException();

    private byte[] Find(BytesId id) => _all.TryGetValue(id, out var bytes) ? bytes : throw new DamagedBytesException(id, "they are not there");

    private static MappedBytes Kept(string name, byte[] bytes)
    {
        // Two threads may both come here; each maps a file of its own, and one map is dropped.
        var path = Path.Combine(s_folder, $"{name}-{Environment.CurrentManagedThreadId}");
        File.WriteAllBytes(path, bytes);
        return new MappedBytes(path, bytes.Length);
    }

    private sealed class Writer(SimBytes store) : BytesWriter
    {
        private readonly MemoryStream _written = new();

        public override ValueTask Append(ReadOnlyMemory<byte> bytes, CancellationToken ct)
        {
            _written.Write(bytes.Span);
            SizeBytes = _written.Length;
            return default;
        }

        public override Task<BytesId> Finish(CancellationToken ct)
        {
            var bytes = _written.ToArray();
            var id = BytesId.Of(SHA256.HashData(bytes));
            store._all.TryAdd(id, bytes);
            return Task.FromResult(id);
        }

        public override ValueTask DisposeAsync() => default;
    }
}
