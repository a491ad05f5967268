using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>
/// What the broker keeps for one client id: subscriptions, QoS 1 and 2 messages in flight, and those that wait. It outlives its
/// connection if the client asked for that. Everything under one lock, which is never held while another session's is. What
/// waits and how it is sent is in Session.Messages.cs.
/// </summary>
internal sealed partial class Session(SessionKey key, Domain domain, Broker broker)
{
    private readonly Lock gate = new();
    private readonly List<Subscription> subscriptions = [];
    private KeptWill? keptWill;
    private bool discarded;
    private Connection? connection;

    public SessionKey Key => key;

    public Domain Domain => domain;

    /// <summary>How long it is kept without a connection, milliseconds.</summary>
    public long LifetimeMs { get; set; }

    /// <summary>When it ends if nobody connects; <see cref="long.MaxValue"/> while connected.</summary>
    public long EndsAt { get; set; } = long.MaxValue;

    /// <summary>A will that waits for its delay.</summary>
    public DelayedWill? Will { get; set; }

    /// <summary>The journal knows of it.</summary>
    public bool IsKept { get; private set; }

    public bool IsConnected => connection is not null;

    public Connection? Connection => connection;

    /// <summary>A client has it: from now on it is kept for so long, or not kept. Before anything is sent or subscribed.</summary>
    public void Open(long lifetimeMs, KeptWill? will)
    {
        lock (gate)
        {
            LifetimeMs = lifetimeMs;
            if (broker.Journal is not { } journal)
                return;
            if (lifetimeMs > 0)
                journal.Opened(key, TimeSpan.FromMilliseconds(lifetimeMs));
            Keep(lifetimeMs > 0 ? will : null, dueAt: null);
            if (lifetimeMs == 0 && IsKept)
                journal.Ended(key);
            IsKept = lifetimeMs > 0;
        }
    }

    /// <summary>Its client has gone; it is kept until <see cref="EndsAt"/>, and its will as long as that waits.</summary>
    public void Leave()
    {
        lock (gate)
        {
            if (!IsKept)
                return;
            broker.Journal!.Left(key, TimeSpan.FromMilliseconds(LifetimeMs), broker.Clock.UtcAt(EndsAt));
            Keep(Will is null ? null : keptWill, Will is null ? null : broker.Clock.UtcAt(Will.DueAt));
        }
    }

    /// <summary>The will is being published, or never will be.</summary>
    public void ForgetWill()
    {
        lock (gate)
            Keep(will: null, dueAt: null);
    }

    private void Keep(KeptWill? will, DateTimeOffset? dueAt)
    {
        if (will is not null)
            broker.Journal!.WillKept(key, will, dueAt);
        else if (keptWill is not null)
            broker.Journal!.WillOver(key);
        keptWill = will;
    }

    /// <summary>
    /// From here on messages go to this connection; first those that were in flight, with DUP. <paramref name="first"/> queues
    /// what must leave before any of them. False if the connection has ended meanwhile.
    /// </summary>
    public bool Attach(Connection to, int receiveMaximum, Action first)
    {
        lock (gate)
        {
            // It may have been taken over already; whoever did so calls Detach afterwards.
            if (!to.IsOpen)
                return false;

            first();
            connection = to;
            window = receiveMaximum;
            inflight?.Restart();
            BeginReplay();
            Pump(to);
            return true;
        }
    }

    public bool Detach(Connection from)
    {
        lock (gate)
        {
            if (connection != from)
                return false;
            connection = null;
            return true;
        }
    }

    public QoS? GrantedQos(ReadOnlySpan<char> topic)
    {
        QoS? granted = null;
        lock (gate)
        {
            foreach (var subscription in subscriptions)
            {
                if (subscription.ShareName is null && (granted is null || subscription.QoS > granted)
                    && TopicFilter.Matches(subscription.Inner, topic, broker.Profile.ParentMatchesMultiLevelWildcard))
                {
                    granted = subscription.QoS;
                }
            }
        }

        return granted;
    }

    public int SubscriptionCount
    {
        get
        {
            lock (gate)
                return subscriptions.Count;
        }
    }

    public bool Has(string filter)
    {
        lock (gate)
            return subscriptions.Exists(subscription => subscription.Filter == filter);
    }

    /// <summary>
    /// Gives back the subscription to the same filter that this one replaces [MQTT-3.8.4-3], for the caller to take out of the
    /// tree; that is the new one itself if the session has been discarded meanwhile.
    /// </summary>
    public Subscription? Add(Subscription subscription)
    {
        lock (gate)
        {
            if (discarded)
                return subscription;
            if (IsKept)
                broker.Journal!.Subscribed(key, subscription.Kept());

            var index = subscriptions.FindIndex(other => other.Filter == subscription.Filter);
            if (index < 0)
            {
                subscriptions.Add(subscription);
                return null;
            }

            var old = subscriptions[index];
            subscriptions[index] = subscription;
            return old;
        }
    }

    /// <summary>As <see cref="Add"/>, of what the journal knows.</summary>
    public void Restore(Subscription subscription) => subscriptions.Add(subscription);

    public Subscription? Remove(string filter)
    {
        lock (gate)
        {
            var index = subscriptions.FindIndex(other => other.Filter == filter);
            if (index < 0)
                return null;
            if (IsKept)
                broker.Journal!.Unsubscribed(key, filter);

            var old = subscriptions[index];
            subscriptions.RemoveAt(index);
            return old;
        }
    }

    /// <summary>The session is over; gives back what to take out of the tree.</summary>
    public Subscription[] Discard()
    {
        lock (gate)
        {
            discarded = true;
            var all = subscriptions.ToArray();
            subscriptions.Clear();
            DropMessages();
            Keep(will: null, dueAt: null);
            if (IsKept)
                broker.Journal!.Ended(key);
            IsKept = false;
            return all;
        }
    }
}
