using System.Collections.Concurrent;

namespace Godwit.Server.Placement;

/// <summary>
/// What the doors last saw of each device: when it was told, what it asked for, what it was refused. In memory and bounded: once it is full, the device
/// that was first seen longest ago is forgotten, busy or not (its next sign makes it known again), and a restart forgets all. Safe from any thread; noting a block allocates nothing once the device is known.
/// </summary>
public sealed class DeviceTrail(TimeProvider time, int devicesMax = 100_000)
{
    private readonly ConcurrentDictionary<(string Account, string Thing), Entry> _devices = new();
    private readonly ConcurrentQueue<(string Account, string Thing)> _order = new();

    /// <summary>What lies before this moment is not known.</summary>
    public DateTimeOffset Since { get; } = time.GetUtcNow();

    /// <summary>A <c>notify-next</c> with this job was sent.</summary>
    public void Notified(string account, string thing, string jobId)
    {
        var entry = Of(account, thing);
        lock (entry)
            entry.OfJob(jobId).NotifiedAt = time.GetUtcNow();
    }

    /// <summary>The device asked for its next job and got this one's document.</summary>
    public void Document(string account, string thing, string jobId)
    {
        var (entry, now) = (Of(account, thing), time.GetUtcNow());
        lock (entry)
        {
            entry.OfJob(jobId).DocumentAt = now;
            entry.HeardAt = now;
        }
    }

    /// <summary>The device was heard of.</summary>
    public void Heard(string account, string thing)
    {
        var entry = Of(account, thing);
        lock (entry)
            entry.HeardAt = time.GetUtcNow();
    }

    /// <summary>A request for blocks is answered.</summary>
    /// <param name="last">The highest block of the answer.</param>
    /// <param name="parts">The blocks of the answer.</param>
    public void Blocks(string account, string thing, string streamId, int count, int last, int inFile, in BlockParts parts)
    {
        var (entry, now) = (Of(account, thing), time.GetUtcNow());
        lock (entry)
        {
            if (entry.StreamId != streamId)
                (entry.StreamId, entry.BlockRequests, entry.Blocks, entry.Refusal, entry.Sent, entry.Repeated) = (streamId, 0, 0, null, default, default);
            entry.BlockRequests++;
            // A part of a large file is many blocks: to come to it again is nothing special.
            if (inFile <= BlockParts.Max)
                entry.Repeated |= entry.Sent & parts;
            entry.Sent |= parts;
            entry.Blocks += count;
            (entry.LastBlock, entry.BlocksInFile) = (last, inFile);
            (entry.LastBlockAt, entry.HeardAt) = (now, now);
        }
    }

    /// <summary>A request on the streams topics was refused.</summary>
    public void Refused(string account, string thing, string why)
    {
        var (entry, now) = (Of(account, thing), time.GetUtcNow());
        lock (entry)
            (entry.Refusal, entry.RefusedAt, entry.HeardAt) = (why, now, now);
    }

    /// <summary>What is known of a device now; all null where nothing is.</summary>
    public DeviceTrace Find(string account, string thing)
    {
        if (!_devices.TryGetValue((account, thing), out var entry))
            return new DeviceTrace();
        lock (entry)
            return entry.ToTrace();
    }

    /// <summary>Who took blocks of a stream, for those who look now and then: a walk over all devices.</summary>
    public IReadOnlyList<(string Thing, DeviceTrace Trace)> OfStream(string account, string streamId)
    {
        var found = new List<(string, DeviceTrace)>();
        foreach (var (key, entry) in _devices)
        {
            if (key.Account != account || entry.StreamId != streamId)
                continue;
            lock (entry)
                found.Add((key.Thing, entry.ToTrace()));
        }
        return found;
    }

    private Entry Of(string account, string thing)
    {
        var key = (account, thing);
        if (_devices.TryGetValue(key, out var known))
            return known;
        var made = new Entry();
        if (!_devices.TryAdd(key, made))
            return _devices.GetValueOrDefault(key) ?? made;
        _order.Enqueue(key);
        while (_order.Count > devicesMax && _order.TryDequeue(out var oldest))
            _devices.TryRemove(oldest, out _);
        return made;
    }

    /// <summary>Guarded by itself as lock.</summary>
    private sealed class Entry
    {
        public string? JobId, StreamId, Refusal;
        public DateTimeOffset? NotifiedAt, DocumentAt, HeardAt, LastBlockAt, RefusedAt;
        public long BlockRequests, Blocks;
        public int LastBlock, BlocksInFile;
        public BlockParts Sent, Repeated;

        public Entry OfJob(string jobId)
        {
            if (JobId != jobId)
                (JobId, NotifiedAt, DocumentAt) = (jobId, null, null);
            return this;
        }

        public DeviceTrace ToTrace() => new()
        {
            JobId = JobId, NotifiedAt = NotifiedAt, DocumentAt = DocumentAt, HeardAt = HeardAt, StreamId = StreamId,
            BlockRequests = BlockRequests, Blocks = Blocks, LastBlock = LastBlock, BlocksInFile = BlocksInFile, LastBlockAt = LastBlockAt,
            Refusal = Refusal, RefusedAt = RefusedAt, SentParts = Sent, RepeatedParts = Repeated,
        };
    }
}

/// <summary>A device's trail at a moment. <see cref="NotifiedAt"/> and <see cref="DocumentAt"/> are of <see cref="JobId"/>, the blocks of <see cref="StreamId"/>.</summary>
public sealed record DeviceTrace
{
    public string? JobId { get; init; }

    public DateTimeOffset? NotifiedAt { get; init; }

    public DateTimeOffset? DocumentAt { get; init; }

    public DateTimeOffset? HeardAt { get; init; }

    public string? StreamId { get; init; }

    public long BlockRequests { get; init; }

    public long Blocks { get; init; }

    public int LastBlock { get; init; }

    public int BlocksInFile { get; init; }

    public DateTimeOffset? LastBlockAt { get; init; }

    public string? Refusal { get; init; }

    public DateTimeOffset? RefusedAt { get; init; }

    /// <summary>Parts of the file that were sent to it.</summary>
    public BlockParts SentParts { get; init; }

    /// <summary>Those that were sent more than once.</summary>
    public BlockParts RepeatedParts { get; init; }
}
