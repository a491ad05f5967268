using System.Collections.Concurrent;
using Godwit.Core.Objects;
using Godwit.Core.Streams;
using Godwit.Server.Objects;
using Godwit.Server.Storage;

namespace Godwit.Server.Streams;

/// <summary>
/// Streams as devices are served them, in memory: no block waits for the database. An entry goes when its stream changes or an object behind it does,
/// after the commit of that change. Safe from any thread; a view that is loaded while it goes stale is used once and not kept.
/// </summary>
public sealed class StreamCache
{
    /// <summary>How many streams are kept; a fleet downloads a handful at one time.</summary>
    private const int EntriesMax = 4096;

    private readonly Database _database;
    private readonly ObjectReader _objects;
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, StreamView>> _accounts = new(StringComparer.Ordinal);
    private long _changes;
    private int _entries;

    public StreamCache(Database database, ObjectReader objects, ObjectCache changes)
    {
        (_database, _objects) = (database, objects);
        changes.Changed += ObjectChanged;
    }

    /// <summary>The view if it is at hand; allocates nothing.</summary>
    internal bool TryGet(string account, ReadOnlySpan<char> streamId, out StreamView? view)
    {
        view = null;
        return _accounts.TryGetValue(account, out var streams) && streams.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(streamId, out view);
    }

    /// <summary>The view from memory or from the database; null where there is no such stream.</summary>
    internal async Task<StreamView?> Find(string account, string streamId, CancellationToken ct)
    {
        if (TryGet(account, streamId, out var known))
            return known;
        var before = Volatile.Read(ref _changes);
        var stored = await _database.Read(session => StreamStore.Find(session, account, streamId), ct);
        if (stored is null)
            return null;
        var files = new List<ServedFile>(stored.Bytes.Count);
        for (var i = 0; i < stored.Bytes.Count; i++)
        {
            var file = stored.Info.Files[i];
            files.Add(new ServedFile(file, new BytesId(stored.Bytes[i].BytesId), await Check(account, file, ct)));
        }
        var view = new StreamView(stored.Info, files);
        Keep(account, streamId, view, before);
        return view;
    }

    /// <summary>A stream was updated or deleted; called after the commit.</summary>
    internal void Forget(string account, string streamId)
    {
        Interlocked.Increment(ref _changes);
        if (_accounts.TryGetValue(account, out var streams))
            Remove(streams, streamId);
    }

    private void ObjectChanged(ObjectAddress changed)
    {
        Interlocked.Increment(ref _changes);
        if (!_accounts.TryGetValue(changed.Account, out var streams))
            return;
        foreach (var (streamId, view) in streams)
        {
            if (view.Info.Files.Any(file => file.Bucket == changed.Bucket && file.Key == changed.Key))
                Remove(streams, streamId);
        }
    }

    /// <summary>
    /// A file that names no version is only good while its object is what it was. AWS: MQTT-based file delivery > Error codes, ETagMismatch.
    /// </summary>
    private async Task<StreamRejection?> Check(string account, StreamFile file, CancellationToken ct)
    {
        var found = await _objects.Find(account, file.Bucket, file.Key, file.Version, ct);
        if (found.IsOk)
            return found.Value.ETag == file.ETag ? null : StreamRejection.ETagMismatch;
        return found.Error.Status is 401 or 403
            ? StreamRejection.Unauthorized
            : new StreamRejection("ResourceNotFound", $"The object behind file {file.FileId} no longer exists; update the stream.");
    }

    private void Keep(string account, string streamId, StreamView view, long before)
    {
        if (Volatile.Read(ref _entries) >= EntriesMax)
        {
            _accounts.Clear();
            Volatile.Write(ref _entries, 0);
        }
        var streams = _accounts.GetOrAdd(account, _ => new ConcurrentDictionary<string, StreamView>(StringComparer.Ordinal));
        if (streams.TryAdd(streamId, view))
            Interlocked.Increment(ref _entries);
        // A change between the read and now may have missed this entry.
        if (Volatile.Read(ref _changes) != before)
            Remove(streams, streamId);
    }

    private void Remove(ConcurrentDictionary<string, StreamView> streams, string streamId)
    {
        if (streams.TryRemove(streamId, out _))
            Interlocked.Decrement(ref _entries);
    }
}
