using System.Collections.Concurrent;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>
/// Which connection speaks for a client id, and which sessions exist. The lock is taken when a connection begins or ends, not
/// for messages.
/// </summary>
internal sealed class Sessions(Broker broker)
{
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<(string Domain, string ClientId), Connection> connections = new();
    private readonly Dictionary<SessionKey, Session> sessions = [];
    private int offline;
    private long scanAt;

    public int Count
    {
        get
        {
            lock (gate)
                return sessions.Count;
        }
    }

    public Connection? Find(string domain, string clientId) => connections.GetValueOrDefault((domain, clientId));

    public IEnumerable<Connection> Connections => connections.Values;

    /// <summary>
    /// The newest connection of a client id wins; the older one is ended first. Null if this one has lost to a still newer one
    /// meanwhile.
    /// </summary>
    public Session? Open(Connection connection, bool clean, long lifetimeMs, KeptWill? will, out bool present)
    {
        var client = (connection.World.Name, connection.ClientId);
        Connection? older;
        lock (gate)
        {
            connections.TryGetValue(client, out older);
            connections[client] = connection;
        }

        older?.End(DisconnectReason.TakenOver, ReasonCode.SessionTakenOver);

        Session session;
        DelayedWill? abandoned = null;
        present = false;
        lock (gate)
        {
            if (!connection.IsOpen)
            {
                connections.TryRemove(KeyValuePair.Create(client, connection));
                return null;
            }

            var level = broker.Profile.SessionsByLevel ? connection.Level : ProtocolLevel.None;
            var key = new SessionKey(connection.World.Name, connection.ClientId, level);
            if (sessions.TryGetValue(key, out var known))
            {
                if (known.EndsAt != long.MaxValue)
                    offline--;
                if (clean || known.EndsAt <= broker.Clock.Now)
                {
                    // Under the lock, so that the journal never hears of an end after the next beginning.
                    abandoned = known.Will;
                    known.Will = null;
                    sessions.Remove(key);
                    Discard(known);
                    known = null;
                }
                else
                {
                    present = true;
                }
            }

            session = known ?? (sessions[key] = new Session(key, connection.World, broker));
            session.EndsAt = long.MaxValue;
            session.Will = null;
            session.Open(lifetimeMs, will);
            connection.Session = session;
        }

        if (abandoned is not null)
            broker.Router.PublishWill(abandoned);
        return session;
    }

    /// <summary>The connection has ended: its session ends too, now or later. Its will is published when that is due.</summary>
    public void Close(Connection connection, bool publishWill)
    {
        DelayedWill? will = null;
        lock (gate)
        {
            connections.TryRemove(KeyValuePair.Create((connection.World.Name, connection.ClientId), connection));
            if (connection.Session is not { } session)
                return;

            session.Detach(connection);
            if (sessions.GetValueOrDefault(session.Key) != session)
                return;

            var now = broker.Clock.Now;
            var ends = session.LifetimeMs == 0 || offline >= broker.Options.OfflineSessionsMax;
            if (ends)
            {
                sessions.Remove(session.Key);
                Discard(session);
            }
            else
            {
                session.EndsAt = now > long.MaxValue - session.LifetimeMs ? long.MaxValue - 1 : now + session.LifetimeMs;
                offline++;
            }

            // The will comes after its delay or at the end of the session, whichever is first [MQTT-3.1.2-8].
            if (publishWill && connection.Will is { } message)
            {
                var due = ends ? now : Math.Min(session.EndsAt, now + connection.WillDelayMs);
                will = new DelayedWill(message, session.Domain, connection, due);
                session.Will = due > now ? will : null;
            }

            session.Leave();
        }

        if (will is not null && will.DueAt <= broker.Clock.Now)
            broker.Router.PublishWill(will);
    }

    /// <summary>
    /// Ends what is due, by looking at all: a queue by time would have to remember every reconnect. With very many sessions it
    /// looks less often; <see cref="Open"/> compares times itself, so a late sweep only costs memory.
    /// </summary>
    public void Sweep(long now)
    {
        List<Session> ended = [];
        List<DelayedWill> due = [];
        lock (gate)
        {
            if (now < scanAt)
                return;
            scanAt = now + (sessions.Count / 50);

            foreach (var session in sessions.Values)
            {
                if (session.Will is { } will && will.DueAt <= now)
                {
                    session.Will = null;
                    session.ForgetWill();
                    due.Add(will);
                }

                if (session.EndsAt <= now)
                    ended.Add(session);
            }

            foreach (var session in ended)
            {
                sessions.Remove(session.Key);
                Discard(session);
            }

            offline -= ended.Count;
        }

        foreach (var will in due)
            broker.Router.PublishWill(will);
    }

    /// <summary>What was kept while the process was away, before anybody can connect.</summary>
    public void Restore(IReadOnlyList<KeptSession> kept)
    {
        lock (gate)
        {
            foreach (var one in kept)
            {
                var session = new Session(one.Key, broker.Domain(one.Key.Domain), broker);
                session.Restore(one);
                if (one.Will is { } will)
                    session.Will = new DelayedWill(will.ToWill(), session.Domain, From: null, Math.Min(session.EndsAt, broker.Clock.At(one.WillDueAt)));
                foreach (var subscription in one.Subscriptions)
                {
                    var restored = Subscription.Of(session, subscription.Filter, subscription.Id);
                    session.Restore(restored);
                    session.Domain.Tree.Add(restored);
                }

                sessions.Add(one.Key, session);
                offline++;
            }
        }
    }

    private static void Discard(Session session)
    {
        foreach (var subscription in session.Discard())
            session.Domain.Tree.Remove(subscription);
    }
}
