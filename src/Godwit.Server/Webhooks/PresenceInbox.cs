using System.Collections.Concurrent;
using Godwit.Core.Webhooks;
using Godwit.Server.Placement;

namespace Godwit.Server.Webhooks;

/// <summary>
/// Who came and left, for webhooks that ask for it. The journal does not keep it, so it waits here: in memory, of each client its newest change, at most
/// <see cref="ClientsMax"/> clients for each webhook. Deliveries are paced, so that a fleet that reconnects is told in pieces and a flapping device once in a while.
/// Safe from any thread.
/// </summary>
public sealed class PresenceInbox : IDisposable
{
    private const int ClientsMax = 10_000;

    /// <summary>Between two deliveries to one webhook.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly ConnectionFeed _feed;
    private readonly ConcurrentDictionary<(string Account, string WebhookId), Waiting> _waiting = new();
    private volatile Dictionary<string, Waiting[]> _byAccount = [];

    public PresenceInbox(ConnectionFeed feed)
    {
        _feed = feed;
        feed.Changed += Note;
    }

    /// <summary>Something waits that nothing waited for.</summary>
    public event Action? Filled;

    /// <summary>A change as it is told.</summary>
    public static ChangeEvent Event(ClientConnection change) => new()
    {
        At = change.At, Kind = ChangeKind.Presence, Cause = change.IsConnected ? "Connect" : "Disconnect", Subject = "client/" + change.ClientId, ThingName = change.ClientId,
        From = change.IsConnected ? "DISCONNECTED" : "CONNECTED", To = change.IsConnected ? "CONNECTED" : "DISCONNECTED", Reason = change.DisconnectReason,
    };

    /// <summary>From now on these webhooks are told; what waits for others is forgotten.</summary>
    internal void Listen(IEnumerable<(string Account, string WebhookId)> webhooks)
    {
        var kept = webhooks.ToHashSet();
        foreach (var gone in _waiting.Keys.Where(key => !kept.Contains(key)))
            _waiting.TryRemove(gone, out _);
        foreach (var key in kept)
            _waiting.TryAdd(key, new Waiting());
        _byAccount = _waiting.GroupBy(pair => pair.Key.Account).ToDictionary(group => group.Key, group => group.Select(pair => pair.Value).ToArray());
    }

    /// <summary>What is to be told now, the longest waiting first; it stays until <see cref="Told"/>. <c>Next</c> is when there may be more, null where nothing waits.</summary>
    internal (IReadOnlyList<ChangeEvent> Events, DateTimeOffset? Next) Look(string account, string webhookId, int max, DateTimeOffset now)
    {
        if (!_waiting.TryGetValue((account, webhookId), out var waiting))
            return ([], null);
        lock (waiting)
        {
            if (waiting.Order.Count == 0)
                return ([], null);
            return now < waiting.NextAt ? ([], waiting.NextAt) : ([.. waiting.Order.Take(max).Select(Event)], now);
        }
    }

    /// <summary>These were taken; what a client did since then still waits.</summary>
    internal void Told(string account, string webhookId, IReadOnlyList<ChangeEvent> events, DateTimeOffset now)
    {
        if (events.Count == 0 || !_waiting.TryGetValue((account, webhookId), out var waiting))
            return;
        lock (waiting)
        {
            waiting.NextAt = now + Pace;
            foreach (var told in events)
                waiting.Forget(told.ThingName!, told.At, told.To == "CONNECTED");
        }
    }

    public void Dispose() => _feed.Changed -= Note;

    private void Note(ClientConnection change)
    {
        if (!_byAccount.TryGetValue(change.Account, out var all))
            return;
        var filled = false;
        foreach (var waiting in all)
            lock (waiting)
            {
                filled |= waiting.Order.Count == 0;
                waiting.Add(change);
            }
        if (filled)
            Filled?.Invoke();
    }

    /// <summary>Guarded by itself as lock.</summary>
    private sealed class Waiting
    {
        private readonly Dictionary<string, LinkedListNode<ClientConnection>> _byClient = new(StringComparer.Ordinal);

        public LinkedList<ClientConnection> Order { get; } = [];

        public DateTimeOffset NextAt { get; set; }

        public void Add(ClientConnection change)
        {
            if (_byClient.Remove(change.ClientId, out var before))
                Order.Remove(before);
            else if (Order.Count >= ClientsMax && Order.First is { } oldest)
            {
                Order.Remove(oldest);
                _byClient.Remove(oldest.Value.ClientId);
            }
            _byClient[change.ClientId] = Order.AddLast(change);
        }

        public void Forget(string client, DateTimeOffset at, bool connected)
        {
            if (_byClient.TryGetValue(client, out var node) && node.Value.At == at && node.Value.IsConnected == connected)
            {
                Order.Remove(node);
                _byClient.Remove(client);
            }
        }
    }
}
