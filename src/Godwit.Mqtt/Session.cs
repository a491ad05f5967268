using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>
/// What the broker keeps for one client id: subscriptions, QoS 1 messages in flight, and those that wait. It outlives its
/// connection if the client asked for that. Everything under one lock, which is never held while another session's is.
/// </summary>
internal sealed class Session(SessionKey key, Domain domain, Broker broker)
{
    private readonly Lock gate = new();
    private readonly List<Subscription> subscriptions = [];
    private Inflight? inflight;
    private Queue<Delivery>? waiting;
    private int waitingBytes;
    private int window;
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

    public bool IsConnected => connection is not null;

    public Connection? Connection => connection;

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

    public SendResult Deliver(in Delivery delivery)
    {
        lock (gate)
        {
            if (delivery.QoS == QoS.AtMostOnce)
                return connection is { } now ? Send(now, delivery, packetId: 0, dup: false) : SendResult.Closed;

            if (connection is null && LifetimeMs == 0)
                return SendResult.Closed;
            if (waiting is null && connection is { } ready && (inflight?.Count ?? 0) < window)
            {
                (inflight ??= new Inflight()).Add(delivery);
                Pump(ready);
                return SendResult.Queued;
            }

            if (waiting is not null && (waiting.Count >= broker.Options.SessionQueueMessagesMax
                || waitingBytes + delivery.Message.Bytes > broker.Options.SessionQueueBytesMax))
            {
                return SendResult.Full;
            }

            (waiting ??= new Queue<Delivery>(1)).Enqueue(delivery);
            waitingBytes += delivery.Message.Bytes;
            if (connection is { } open)
                Pump(open);
            return SendResult.Queued;
        }
    }

    /// <summary>PUBACK. An id that is not in flight is ignored: it may be a late answer to a copy.</summary>
    public void Acknowledge(Connection from, ushort packetId)
    {
        lock (gate)
        {
            if (connection == from && inflight?.Acknowledge(packetId) == true)
                Pump(from);
        }
    }

    /// <summary>The connection's outbox has room again.</summary>
    public void Resume(Connection on)
    {
        lock (gate)
        {
            if (connection == on)
                Pump(on);
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

    public Subscription? Remove(string filter)
    {
        lock (gate)
        {
            var index = subscriptions.FindIndex(other => other.Filter == filter);
            if (index < 0)
                return null;

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
            inflight = null;
            waiting = null;
            waitingBytes = 0;
            return all;
        }
    }

    /// <summary>Moves what waits into the window and sends what is in the window and not yet sent, as far as there is room.</summary>
    private void Pump(Connection to)
    {
        while (true)
        {
            while (waiting is not null && (inflight?.Count ?? 0) < window)
            {
                if (!waiting.TryDequeue(out var next))
                {
                    waiting = null;
                    break;
                }

                waitingBytes -= next.Message.Bytes;
                (inflight ??= new Inflight()).Add(next);
            }

            if (inflight is null)
                return;
            if (inflight.Count == 0)
            {
                if (waiting is null)
                    inflight.Trim();
                return;
            }

            if (inflight.AllSent)
                return;

            var entry = inflight.NextUnsent;
            switch (Send(to, entry.Delivery, entry.Id, entry.Dup))
            {
                case SendResult.Queued:
                    inflight.MarkSent();
                    break;
                case SendResult.Full:
                    to.TellWhenDrained();
                    return;
                case SendResult.Closed:
                    return;
                default:
                    inflight.DropUnsent();
                    break;
            }
        }
    }

    /// <summary>TooLarge also stands for a message that this connection may not see, or no longer: it can never be sent.</summary>
    private SendResult Send(Connection to, in Delivery delivery, ushort packetId, bool dup)
    {
        var message = delivery.Message;
        var now = broker.Clock.Now;
        if (message.ExpiresAt <= now || (!delivery.Direct && !broker.Host.AuthorizeDelivery(to, message.Topic)))
            return SendResult.TooLarge;

        var head = new PublishPacket
        {
            QoS = delivery.QoS,
            Retain = delivery.Retain,
            Dup = dup,
            PacketId = packetId,
            Properties = key.Level == ProtocolLevel.V5 ? message.PropertiesAt(now, delivery.SubscriptionId) : null,
        };
        return to.TryPublish(message.TopicUtf8, head, message.Payload);
    }
}
