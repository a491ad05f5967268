using System.Collections.Concurrent;
using System.Security.Cryptography;
using Godwit.Core.Objects;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Objects.Bytes;

/// <summary>
/// Object bytes as files <c>objects/ab/abcd…</c>. Only their hash becomes a path, never a caller's name.
/// A file is written beside, synced, renamed, and its folder synced: what has a name is whole.
/// </summary>
public sealed partial class FileObjectBytes : IObjectBytes, IDisposable
{
    private const int ReadBufferBytes = 1 << 18;

    /// <summary>How many verdicts are remembered; forgotten ones are found again by hashing.</summary>
    private const int VerdictsMax = 1 << 16;

    private readonly string _root;
    private readonly ILogger<FileObjectBytes> _log;
    private readonly TimeProvider _time;
    private readonly MapCache _maps = new();
    private readonly ConcurrentDictionary<BytesId, Task> _verified = new();

    /// <summary>Guards <see cref="_held"/> and removals, so that bytes cannot vanish between a writer's look and its claim.</summary>
    private readonly Lock _removing = new();

    private readonly Dictionary<BytesId, int> _held = [];
    private long _temporaryCount;

    public FileObjectBytes(string root, ILogger<FileObjectBytes> log, TimeProvider? time = null)
    {
        (_root, _log, _time) = (root, log, time ?? TimeProvider.System);
        Directory.CreateDirectory(TemporaryFolder);
        // What a killed process left half written.
        foreach (var file in Directory.EnumerateFiles(TemporaryFolder))
            File.Delete(file);
        for (var i = 0; i < 256; i++)
            Directory.CreateDirectory(Path.Combine(_root, i.ToString("x2", null)));
        DirectorySync.Flush(_root);
    }

    public long MapBytesMax => int.MaxValue;

    private string TemporaryFolder => Path.Combine(_root, "tmp");

    public BytesWriter Create() =>
        new FileBytesWriter(this, Path.Combine(TemporaryFolder, Interlocked.Increment(ref _temporaryCount).ToString("x", null)));

    public ValueTask<BytesLease> Map(BytesId id, CancellationToken ct) =>
        _maps.TryLease(id, out var lease) ? ValueTask.FromResult(lease) : MapVerified(id, ct);

    public async ValueTask<Stream> OpenRead(BytesId id, ByteRange range, CancellationToken ct)
    {
        var size = SizeOf(id);
        if (range.Offset < 0 || range.Length < 0 || range.Offset + range.Length > size)
            throw new ArgumentOutOfRangeException(nameof(range), range, $"The object has {size} bytes.");
        var whole = range.Length == size;
        var seen = _verified.TryGetValue(id, out var check) && (check.IsFaulted || check.IsCompletedSuccessfully);
        if (!whole || seen)
            await Verified(id, ct);
        var file = Open(id);
        file.Position = range.Offset;
        return new BytesReader(file, range.Length, whole && !seen ? id : null, MarkDamaged, MarkVerified);
    }

    public Task<int> Collect(Func<BytesId, bool> isReferenced, CancellationToken ct)
    {
        var count = 0;
        foreach (var path in Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories))
        {
            ct.ThrowIfCancellationRequested();
            if (new BytesId(Path.GetFileName(path)) is { IsWellFormed: true } id && RemoveUnless(id, isReferenced))
                count++;
        }
        return Task.FromResult(count);
    }

    public void Dispose() => _maps.Clear();

    internal string PathOf(BytesId id) =>
        id.IsWellFormed ? Path.Combine(_root, id.Value[..2], id.Value) : throw new ArgumentException("Not a SHA-256 in hex.", nameof(id));

    /// <summary>Keeps bytes from being collected until <see cref="LetGo"/>.</summary>
    internal void Hold(BytesId id)
    {
        lock (_removing)
            _held[id] = _held.GetValueOrDefault(id) + 1;
    }

    internal void LetGo(BytesId id)
    {
        lock (_removing)
        {
            if (--_held[id] == 0)
                _held.Remove(id);
        }
    }

    /// <summary>Gives a written file its name, unless good bytes have it already; either way the name is durable afterwards.</summary>
    internal void Keep(string temporary, BytesId id, long sizeBytes)
    {
        var path = PathOf(id);
        var damaged = _verified.TryGetValue(id, out var check) && check.IsFaulted;
        if (!damaged && new FileInfo(path) is { Exists: true } kept && kept.Length == sizeBytes)
        {
            File.Delete(temporary);
        }
        else
        {
            File.Move(temporary, path, overwrite: true);
            _verified.TryRemove(id, out _);
            _maps.Forget(id);
        }
        DirectorySync.Flush(Path.GetDirectoryName(path)!);
    }

    private bool RemoveUnless(BytesId id, Func<BytesId, bool> isReferenced)
    {
        lock (_removing)
        {
            if (_held.ContainsKey(id) || isReferenced(id))
                return false;
            _maps.Forget(id);
            _verified.TryRemove(id, out _);
            File.Delete(PathOf(id));
            return true;
        }
    }

    private async ValueTask<BytesLease> MapVerified(BytesId id, CancellationToken ct)
    {
        var size = SizeOf(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MapBytesMax, nameof(id));
        await Verified(id, ct);
        return _maps.Add(id, new MappedBytes(PathOf(id), size));
    }

    private long SizeOf(BytesId id)
    {
        var file = new FileInfo(PathOf(id));
        return file.Exists ? file.Length : throw new DamagedBytesException(id, "the file is missing");
    }

    /// <summary>Hashes the file once, however many ask at the same time.</summary>
    private async Task Verified(BytesId id, CancellationToken ct)
    {
        if (_verified.Count > VerdictsMax)
            _verified.Clear();
        if (!_verified.TryGetValue(id, out var check))
        {
            var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            check = _verified.GetOrAdd(id, mine.Task);
            if (check == mine.Task)
                await HashFile(id, mine, ct);
        }
        await check.WaitAsync(ct);
    }

    private async Task HashFile(BytesId id, TaskCompletionSource done, CancellationToken ct)
    {
        try
        {
            await using var file = Open(id);
            // Others wait for this hash, so one caller's leaving must not end it.
            var hash = await SHA256.HashDataAsync(file, CancellationToken.None);
            if (BytesId.Of(hash) == id)
                done.SetResult();
            else
                done.SetException(MarkDamaged(id));
        }
        catch (Exception failure)
        {
            _verified.TryRemove(id, out _);
            done.TrySetException(failure);
        }
        ct.ThrowIfCancellationRequested();
    }

    private FileStream Open(BytesId id)
    {
        try
        {
            return new FileStream(PathOf(id), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, ReadBufferBytes, FileOptions.SequentialScan);
        }
        catch (FileNotFoundException)
        {
            throw new DamagedBytesException(id, "the file is missing");
        }
    }

    private void MarkVerified(BytesId id) => _verified.TryAdd(id, Task.CompletedTask);

    private DamagedBytesException MarkDamaged(BytesId id)
    {
        var damage = new DamagedBytesException(id, "the file's content does not match its hash");
        LogDamaged(id.Value, PathOf(id));
        var failed = Task.FromException(damage);
        _ = failed.Exception; // Observed here, not by the finalizer.
        _verified.AddOrUpdate(id, failed, (_, old) => old.IsCompleted ? failed : old);
        _maps.Forget(id);
        return damage;
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Object bytes {Id} are damaged in {Path}: their content does not match their hash; they are not served")]
    private partial void LogDamaged(string id, string path);
}
