using Godwit.Core.Objects;

namespace Godwit.Server.Objects.Bytes;

/// <summary>The folder as a cache of bytes that lie elsewhere.</summary>
public sealed partial class FileObjectBytes
{
    internal bool TryLease(BytesId id, out BytesLease lease) => _maps.TryLease(id, out lease);

    internal bool Has(BytesId id) => File.Exists(PathOf(id));

    /// <summary>Notes that the bytes were used, in the file's own time, which outlasts a restart.</summary>
    internal void Touch(BytesId id)
    {
        try
        {
            File.SetLastAccessTimeUtc(PathOf(id), _time.GetUtcNow().UtcDateTime);
        }
        catch (IOException)
        {
            // It was dropped meanwhile; whoever reads it fetches it again.
        }
    }

    /// <summary>Forgets a copy. Whoever reads it goes on reading: an open file outlives its name.</summary>
    internal void Drop(BytesId id) => RemoveUnless(id, _ => false);

    /// <summary>Whether nobody here holds bytes that nothing refers to.</summary>
    internal bool MayRemove(BytesId id, Func<BytesId, bool> isReferenced)
    {
        lock (_removing)
            return !_held.ContainsKey(id) && !isReferenced(id);
    }

    /// <summary>Drops what was used longest ago until no more than this many bytes are left.</summary>
    internal void Shrink(long bytesMax)
    {
        var files = Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Select(path => new FileInfo(path))
            .Where(file => new BytesId(file.Name).IsWellFormed).OrderBy(file => file.LastAccessTimeUtc).ToList();
        var total = files.Sum(file => file.Length);
        foreach (var file in files.TakeWhile(_ => total > bytesMax))
        {
            if (RemoveUnless(new BytesId(file.Name), _ => false))
                total -= file.Length;
        }
    }
}
