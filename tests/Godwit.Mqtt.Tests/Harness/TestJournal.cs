namespace Godwit.Mqtt.Tests.Harness;

/// <summary>A journal in memory: what was told and written is what the next broker loads. Writing can be held up.</summary>
public sealed class TestJournal : ISessionJournal
{
    private readonly Lock gate = new();
    private readonly Dictionary<SessionKey, (TimeSpan Lifetime, DateTimeOffset? EndsAt)> sessions = [];
    private readonly Dictionary<(SessionKey, string), KeptSubscription> subscriptions = [];
    private readonly SortedDictionary<long, KeptDelivery> deliveries = [];
    private readonly HashSet<(SessionKey Session, ushort Id)> received = [];
    private readonly Dictionary<(string Domain, string Topic), KeptMessage> retained = [];
    private readonly Dictionary<SessionKey, (KeptWill Will, DateTimeOffset? DueAt)> wills = [];
    private TaskCompletionSource? held;

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>What the broker told so far, a word for each.</summary>
    public List<string> Told { get; } = [];

    public bool IsFull { get; set; }

    public int Deliveries
    {
        get
        {
            lock (gate)
                return deliveries.Count;
        }
    }

    public void HoldUp() => held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void GoOn() => held!.SetResult();

    public void Fail(Exception failure) => held!.SetException(failure);

    /// <summary>What is there if the process is killed now.</summary>
    public TestJournal Copy()
    {
        lock (gate)
        {
            var copy = new TestJournal();
            foreach (var (key, value) in sessions)
                copy.sessions.Add(key, value);
            foreach (var (key, value) in subscriptions)
                copy.subscriptions.Add(key, value);
            foreach (var (number, delivery) in deliveries)
            {
                copy.deliveries.Add(number, new KeptDelivery(delivery.Session, number, delivery.Message, delivery.PacketId, delivery.QoS, delivery.Retain)
                {
                    SubscriptionIds = delivery.SubscriptionIds,
                    State = delivery.State,
                });
            }

            copy.received.UnionWith(received);
            foreach (var (key, value) in retained)
                copy.retained.Add(key, value);
            foreach (var (key, value) in wills)
                copy.wills.Add(key, value);
            return copy;
        }
    }

    public ValueTask<KeptState> Load(CancellationToken ct)
    {
        lock (gate)
        {
            return new(new KeptState
            {
                Sessions =
                [
                    .. sessions.Select(pair => new KeptSession(pair.Key, pair.Value.Lifetime, pair.Value.EndsAt ?? Time.GetUtcNow() + pair.Value.Lifetime)
                    {
                        Subscriptions = [.. subscriptions.Where(row => row.Key.Item1 == pair.Key).Select(row => row.Value)],
                        Deliveries = [.. deliveries.Values.Where(row => row.Session == pair.Key)],
                        Received = [.. received.Where(row => row.Session == pair.Key).Select(row => row.Id)],
                        Will = wills.TryGetValue(pair.Key, out var row) ? row.Will : null,
                        WillDueAt = row.DueAt ?? Time.GetUtcNow() + (row.Will?.Delay ?? default),
                    }),
                ],
                Retained = [.. retained.Select(row => (row.Key.Domain, row.Value))],
            });
        }
    }

    public void Opened(SessionKey session, TimeSpan lifetime) => Tell("opened", () => sessions[session] = (lifetime, null));

    public void Left(SessionKey session, TimeSpan lifetime, DateTimeOffset endsAt) => Tell("left", () => sessions[session] = (lifetime, endsAt));

    public void Ended(SessionKey session) => Tell("ended", () =>
    {
        sessions.Remove(session);
        foreach (var key in subscriptions.Keys.Where(key => key.Item1 == session).ToList())
            subscriptions.Remove(key);
        received.RemoveWhere(row => row.Session == session);
    });

    public void WillKept(SessionKey session, KeptWill will, DateTimeOffset? dueAt) => Tell("will", () => wills[session] = (will, dueAt));

    public void WillOver(SessionKey session) => Tell("will over", () => wills.Remove(session));

    public void Subscribed(SessionKey session, KeptSubscription subscription) =>
        Tell("subscribed", () => subscriptions[(session, subscription.Filter.Filter)] = subscription);

    public void Unsubscribed(SessionKey session, string filter) => Tell("unsubscribed", () => subscriptions.Remove((session, filter)));

    public bool Queued(KeptDelivery delivery)
    {
        if (IsFull)
            return false;
        Tell("queued", () => deliveries.Add(delivery.Number, delivery));
        return true;
    }

    public void Moved(KeptDelivery delivery) => Tell("moved", () => { });

    public void Done(KeptDelivery delivery) => Tell("done", () => deliveries.Remove(delivery.Number));

    public void Received(SessionKey session, ushort packetId) => Tell("received", () => received.Add((session, packetId)));

    public void Released(SessionKey session, ushort packetId) => Tell("released", () => received.Remove((session, packetId)));

    public void Retained(string domain, KeptMessage message) => Tell("retained", () => retained[(domain, message.Topic)] = message);

    public void Forgotten(string domain, string topic) => Tell("forgotten", () => retained.Remove((domain, topic)));

    public ValueTask Written() => held is null ? default : new ValueTask(held.Task);

    private void Tell(string what, Action change)
    {
        lock (gate)
        {
            Told.Add(what);
            change();
        }
    }
}
