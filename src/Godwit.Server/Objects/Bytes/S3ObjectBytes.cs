using Godwit.Core.Objects;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Objects.Bytes;

/// <summary>
/// Object bytes in an outside store that speaks S3; the local folder is a cache of them. A write is finished once the outside store has acknowledged it; what is
/// read is fetched once, verified like every local file, and served from there. The cache is bounded: what was used longest ago goes first.
/// </summary>
public sealed partial class S3ObjectBytes(OutsideStore outside, FileObjectBytes cache, long cacheBytesMax, ILogger<S3ObjectBytes> log) : IObjectBytes, IDisposable
{
    private readonly ILogger<S3ObjectBytes> _log = log;
    private readonly Lock _fetching = new();
    private readonly Dictionary<BytesId, Task> _fetches = [];

    /// <summary>Removals under way: who stores the same bytes anew waits for their end.</summary>
    private readonly Dictionary<BytesId, TaskCompletionSource> _removals = [];

    public long MapBytesMax => cache.MapBytesMax;

    public BytesWriter Create() => new Writer(cache.Create(), this);

    public ValueTask<BytesLease> Map(BytesId id, CancellationToken ct) =>
        cache.TryLease(id, out var lease) ? ValueTask.FromResult(lease) : MapFetched(id, ct);

    private async ValueTask<BytesLease> MapFetched(BytesId id, CancellationToken ct)
    {
        await Fetch(id, ct);
        try
        {
            return await cache.Map(id, ct);
        }
        catch (DamagedBytesException)
        {
            // The copy here is damaged; the outside store's may not be.
            await Refetch(id, ct);
            return await cache.Map(id, ct);
        }
    }

    public async ValueTask<Stream> OpenRead(BytesId id, ByteRange range, CancellationToken ct)
    {
        await Fetch(id, ct);
        try
        {
            return await cache.OpenRead(id, range, ct);
        }
        catch (DamagedBytesException)
        {
            await Refetch(id, ct);
            return await cache.OpenRead(id, range, ct);
        }
    }

    public async Task<int> Collect(Func<BytesId, bool> isReferenced, CancellationToken ct)
    {
        var count = 0;
        await foreach (var id in outside.List(ct))
        {
            if (await Remove(id, isReferenced, ct))
                count++;
        }

        await cache.Collect(isReferenced, ct);
        cache.Shrink(cacheBytesMax);
        return count;
    }

    public void Dispose()
    {
        cache.Dispose();
        outside.Dispose();
    }

    /// <summary>Brings the bytes here if they are not; however many ask at once, they come once.</summary>
    private Task Fetch(BytesId id, CancellationToken ct)
    {
        if (cache.Has(id))
        {
            cache.Touch(id);
            return Task.CompletedTask;
        }

        Task fetch;
        lock (_fetching)
        {
            if (!_fetches.TryGetValue(id, out fetch!))
                _fetches[id] = fetch = Download(id);
        }

        return fetch.WaitAsync(ct);
    }

    private Task Refetch(BytesId id, CancellationToken ct)
    {
        LogRefetch(id.Value);
        cache.Drop(id);
        return Fetch(id, ct);
    }

    private async Task Download(BytesId id)
    {
        // Others may wait for it, so one caller's leaving must not end it.
        await Task.Yield();
        try
        {
            await using var writer = cache.Create();
            await using var target = new WriterStream(writer);
            if (!await outside.Get(id, target, CancellationToken.None))
                throw new DamagedBytesException(id, "the outside store has none of this name");
            if (await writer.Finish(CancellationToken.None) != id)
                throw new DamagedBytesException(id, "what the outside store gave does not match its hash");
            cache.Shrink(cacheBytesMax);
        }
        finally
        {
            lock (_fetching)
                _fetches.Remove(id);
        }
    }

    private async Task<bool> Remove(BytesId id, Func<BytesId, bool> isReferenced, CancellationToken ct)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_fetching)
        {
            if (!cache.MayRemove(id, isReferenced))
                return false;
            _removals[id] = done;
        }

        try
        {
            await outside.Delete(id, ct);
            return true;
        }
        finally
        {
            lock (_fetching)
                _removals.Remove(id);
            done.SetResult();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Object bytes {Id} are damaged in the cache; they are fetched again")]
    private partial void LogRefetch(string id);

    /// <summary>Writes to the cache first, then to the outside store, whose acknowledgement is what counts.</summary>
    private sealed class Writer(BytesWriter local, S3ObjectBytes store) : BytesWriter
    {
        public override async ValueTask Append(ReadOnlyMemory<byte> bytes, CancellationToken ct)
        {
            await local.Append(bytes, ct);
            SizeBytes = local.SizeBytes;
        }

        public override async Task<BytesId> Finish(CancellationToken ct)
        {
            var id = await local.Finish(ct);
            try
            {
                await store.Upload(id, SizeBytes, ct);
            }
            catch (IOException failure)
            {
                throw new StorageException(failure.Message, failure);
            }

            return id;
        }

        public override ValueTask DisposeAsync() => local.DisposeAsync();
    }

    /// <summary>The writer holds the bytes already, so a removal has either begun before or sees that it may not.</summary>
    private async Task Upload(BytesId id, long sizeBytes, CancellationToken ct)
    {
        Task? removal;
        lock (_fetching)
            removal = _removals.GetValueOrDefault(id)?.Task;
        if (removal is not null)
            await removal.WaitAsync(ct);
        if (await outside.Size(id, ct) != sizeBytes)
            await outside.Put(id, cache.PathOf(id), ct);
    }

    /// <summary>A writer as a stream to copy into.</summary>
    private sealed class WriterStream(BytesWriter writer) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => writer.SizeBytes;

        public override long Position
        {
            get => writer.SizeBytes;
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => writer.Append(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            writer.Append(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
