using System.Collections.Concurrent;
using System.Threading.Channels;
using Godwit.Mqtt;
using Godwit.Server.Certificates;

namespace Godwit.Server.Mqtt;

/// <summary>Open connections by certificate, and which certificates have changed since their connections' rights were read.</summary>
internal sealed class LiveDevices
{
    private readonly ConcurrentDictionary<string, ConnectionSet> _byCertificate = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _stale = new(StringComparer.Ordinal);
    private readonly Channel<byte> _bell = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _changes;

    /// <summary>Counts what the registry has announced; read it before reading the registry.</summary>
    public long Changes => Volatile.Read(ref _changes);

    /// <summary>From now on the connection is found. Where something was announced since its rights were read, they are read again.</summary>
    public void Add(string certificateId, IConnection connection)
    {
        while (_byCertificate.GetOrAdd(certificateId, _ => new ConnectionSet()) is var set && !set.TryAdd(connection))
            _byCertificate.TryRemove(new KeyValuePair<string, ConnectionSet>(certificateId, set));
        if (connection.State is Device device && device.ReadAt != Changes)
            MarkStale(certificateId);
    }

    public void Remove(string certificateId, IConnection connection)
    {
        if (_byCertificate.TryGetValue(certificateId, out var set) && set.RemoveAndRetireIfEmpty(connection))
            _byCertificate.TryRemove(new KeyValuePair<string, ConnectionSet>(certificateId, set));
    }

    public IReadOnlyList<IConnection> Of(string certificateId) =>
        _byCertificate.TryGetValue(certificateId, out var set) ? set.ToList() : [];

    /// <summary>The registry's announcement. Marks and returns.</summary>
    public void Announce(DeviceChange change)
    {
        Interlocked.Increment(ref _changes);
        if (change.CertificateId is { } one)
        {
            if (_byCertificate.ContainsKey(one))
                MarkStale(one);
            return;
        }
        foreach (var (certificateId, set) in _byCertificate)
            if (set.IsOf(change.Account))
                MarkStale(certificateId);
    }

    /// <summary>Waits until certificates are stale and takes them all; each live one is named once.</summary>
    public async Task<IReadOnlyList<string>> TakeStale(CancellationToken ct)
    {
        await _bell.Reader.ReadAsync(ct);
        var taken = new List<string>();
        foreach (var certificateId in _stale.Keys)
            if (_stale.TryRemove(certificateId, out _))
                taken.Add(certificateId);
        return taken;
    }

    public void MarkStale(string certificateId)
    {
        _stale[certificateId] = 0;
        _bell.Writer.TryWrite(0);
    }

    /// <summary>The connections of one certificate. Once empty it takes no more: the next one starts a new set.</summary>
    private sealed class ConnectionSet
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<long, IConnection> _connections = [];
        private bool _retired;

        public bool TryAdd(IConnection connection)
        {
            lock (_lock)
            {
                if (_retired)
                    return false;
                _connections.Add(connection.Id, connection);
                return true;
            }
        }

        public bool RemoveAndRetireIfEmpty(IConnection connection)
        {
            lock (_lock)
            {
                _connections.Remove(connection.Id);
                return _retired = _connections.Count == 0;
            }
        }

        public IReadOnlyList<IConnection> ToList()
        {
            lock (_lock)
                return [.. _connections.Values];
        }

        public bool IsOf(string account)
        {
            lock (_lock)
                return _connections.Values.Any(connection => connection.Domain == account);
        }
    }
}
