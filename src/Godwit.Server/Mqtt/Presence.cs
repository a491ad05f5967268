using System.Collections.Concurrent;
using Godwit.Server.Placement;

namespace Godwit.Server.Mqtt;

/// <summary>Which clients are connected and when the others were last seen, in memory. The oldest of those that left are forgotten first.</summary>
public sealed class Presence(TimeProvider time, int goneMax = 100_000)
{
    /// <summary>AWS: the count of a client's connections starts again when it was away for about an hour.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(string Account, string ClientId), ClientPresence> _clients = new();
    private readonly ConcurrentQueue<((string Account, string ClientId) Key, long Connection)> _gone = new();

    /// <summary>A client of an account came or left. Raised on the connection's thread: note it and return.</summary>
    public event Action<string, string>? Changed;

    public ClientPresence? Find(string account, string clientId) => _clients.GetValueOrDefault((account, clientId));

    public bool IsConnected(string account, string clientId) => Find(account, clientId) is { LeftAt: null };

    /// <summary>The clients of an account that are connected.</summary>
    public IReadOnlyCollection<ClientConnection> Connected(string account) =>
        [.. _clients.Where(client => client.Key.Account == account && client.Value.LeftAt is null).Select(client => Told(client.Key, client.Value))];

    /// <summary>Tells the feed of every change from now on.</summary>
    public Presence Feed(ConnectionFeed feed)
    {
        feed.Connected = Connected;
        Changed += (account, clientId) =>
        {
            if (Find(account, clientId) is { } now)
                feed.Tell(Told((account, clientId), now));
        };
        return this;
    }

    /// <summary>A walk over all clients, for those who look now and then.</summary>
    public int CountConnected(string account) => _clients.Count(client => client.Key.Account == account && client.Value.LeftAt is null);

    /// <summary>Gives back the how-many-eth connection of the client this is, from 0.</summary>
    internal long Came(string account, string clientId, long connection)
    {
        var now = time.GetUtcNow();
        var came = _clients.AddOrUpdate(
            (account, clientId),
            _ => new ClientPresence(connection, now, null),
            (_, before) => new ClientPresence(connection, now, null) { Version = before.LeftAt is { } left && now - left >= Remembered ? 0 : before.Version + 1 });
        Changed?.Invoke(account, clientId);
        return came.Version;
    }

    /// <summary>Says nothing where a newer connection has taken the client id over.</summary>
    /// <param name="reason">In AWS's words.</param>
    internal void Left(string account, string clientId, long connection, string? reason = null)
    {
        var key = (account, clientId);
        if (!_clients.TryGetValue(key, out var now) || now.Connection != connection)
            return;
        if (!_clients.TryUpdate(key, now with { LeftAt = time.GetUtcNow(), Reason = reason }, now))
            return;
        _gone.Enqueue((key, connection));
        while (_gone.Count > goneMax && _gone.TryDequeue(out var oldest))
            Forget(oldest.Key, oldest.Connection);
        Changed?.Invoke(account, clientId);
    }

    private static ClientConnection Told((string Account, string ClientId) client, ClientPresence presence) =>
        new(client.Account, client.ClientId, presence.LeftAt is null, presence.LeftAt ?? presence.ConnectedAt, presence.Reason);

    private void Forget((string Account, string ClientId) key, long connection)
    {
        // One that came again since is a newer entry and stays.
        if (_clients.TryGetValue(key, out var entry) && entry.Connection == connection && entry.LeftAt is not null)
            _clients.TryRemove(new KeyValuePair<(string, string), ClientPresence>(key, entry));
    }
}

/// <summary>A client's latest connection; <paramref name="LeftAt"/> is null while it lasts.</summary>
public sealed record ClientPresence(long Connection, DateTimeOffset ConnectedAt, DateTimeOffset? LeftAt, string? Reason = null)
{
    /// <summary>How many connections of the client came before, of those that are remembered.</summary>
    public long Version { get; init; }
}
