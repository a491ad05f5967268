using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

internal sealed partial class Session
{
    private Inflight? inflight;
    private Queue<Waiting>? waiting;
    private HashSet<ushort>? received;
    private TokenBucket replay;
    private int waitingBytes;
    private long earliestExpiry = long.MaxValue;
    private int replaying;
    private int window;
    private ushort lastId;

    /// <summary>Stored messages wait for their pace; the connection's sweep calls <see cref="Resume"/>.</summary>
    public bool IsPaced { get; private set; }

    public SendResult Deliver(in Delivery delivery, out bool kept)
    {
        kept = false;
        lock (gate)
        {
            if (delivery.QoS == QoS.AtMostOnce)
                return connection is { } now ? Send(now, delivery, packetId: 0, dup: false) : SendResult.Closed;

            if (discarded || (connection is null && LifetimeMs == 0))
                return SendResult.Closed;
            if (IsQueueFull(delivery))
            {
                DropExpired();
                if (IsQueueFull(delivery))
                    return SendResult.Full;
            }

            var next = new Waiting(FreeId(), delivery.QoS, delivery, Dup: false, Released: false, Kept: null);
            if (IsKept && !delivery.Direct)
            {
                next = next with { Kept = Keep(delivery, next.Id) };
                kept = broker.Journal!.Queued(next.Kept);
                if (!kept)
                    return SendResult.Full;
            }

            if (waiting is null && connection is not null && (inflight?.Count ?? 0) < window)
            {
                (inflight ??= new Inflight()).Add(next);
            }
            else
            {
                Wait(next);
            }

            if (connection is { } open)
                Pump(open);
            return SendResult.Queued;
        }
    }

    /// <summary>PUBACK. An id that is not in flight is ignored: it may be a late answer to a copy.</summary>
    public void Acknowledge(Connection from, ushort packetId) => End(from, packetId, QoS.AtLeastOnce, released: false);

    /// <summary>PUBCOMP ends what PUBREC released [MQTT-4.3.3-6].</summary>
    public void Complete(Connection from, ushort packetId) => End(from, packetId, QoS.ExactlyOnce, released: true);

    /// <summary>
    /// PUBREC: false if nothing of that id is in flight. The client has the message; with a failure it does not want it and
    /// nothing more is said of it [MQTT-4.3.3-4].
    /// </summary>
    public bool Release(Connection from, ushort packetId, bool failed)
    {
        if (failed)
        {
            End(from, packetId, QoS.ExactlyOnce, released: false);
            return true;
        }

        lock (gate)
        {
            if (connection != from || inflight?.TryRelease(packetId, out var kept) != true)
                return false;
            if (kept is not null)
            {
                kept.State = KeptDelivery.Progress.Released;
                broker.Journal!.Moved(kept);
            }

            return true;
        }
    }

    /// <summary>QoS 2 of the client: has this identifier been taken and not been released? Then the message is one that was seen [MQTT-4.3.3-10].</summary>
    public bool HasReceived(ushort packetId)
    {
        lock (gate)
            return received?.Contains(packetId) == true;
    }

    public int ReceivedCount
    {
        get
        {
            lock (gate)
                return received?.Count ?? 0;
        }
    }

    public void Receive(ushort packetId)
    {
        lock (gate)
        {
            if ((received ??= []).Add(packetId) && IsKept)
                broker.Journal!.Received(key, packetId);
        }
    }

    /// <summary>PUBREL; false if the identifier is not known.</summary>
    public bool ReleaseReceived(ushort packetId)
    {
        lock (gate)
        {
            if (received?.Remove(packetId) != true)
                return false;
            if (received.Count == 0)
                received = null;
            if (IsKept)
                broker.Journal!.Released(key, packetId);
            return true;
        }
    }

    /// <summary>The connection's outbox has room again, or it is time for the next stored messages.</summary>
    public void Resume(Connection on)
    {
        lock (gate)
        {
            if (connection == on)
                Pump(on);
        }
    }

    /// <summary>What was kept is in its place again; nobody knows the session yet.</summary>
    public void Restore(KeptSession kept)
    {
        IsKept = true;
        LifetimeMs = (long)kept.Lifetime.TotalMilliseconds;
        EndsAt = Math.Min(broker.Clock.At(kept.EndsAt), long.MaxValue - 1);
        keptWill = kept.Will;
        if (kept.Received.Count > 0)
            received = [.. kept.Received];
        foreach (var delivery in kept.Deliveries)
        {
            var released = delivery.State == KeptDelivery.Progress.Released;
            var message = released ? null! : Message.From(delivery.Message, broker.Clock);
            var next = new Waiting(
                delivery.PacketId, delivery.QoS, new Delivery(message, delivery.QoS, delivery.Retain, delivery.SubscriptionIds, Direct: false),
                Dup: delivery.State != KeptDelivery.Progress.Waiting, released, delivery);
            lastId = delivery.PacketId;
            if (next.Dup || released)
            {
                (inflight ??= new Inflight()).Add(next);
                continue;
            }

            Wait(next);
        }
    }

    private void End(Connection from, ushort packetId, QoS qos, bool released)
    {
        lock (gate)
        {
            if (connection != from || inflight is null || !inflight.TryEnd(packetId, qos, released, out var ended))
                return;
            Done(ended);
            Pump(from);
        }
    }

    private void Done(in Waiting ended)
    {
        if (ended.Kept is { } kept)
            broker.Journal!.Done(kept);
    }

    private KeptDelivery Keep(in Delivery delivery, ushort id) =>
        new(key, broker.NextNumber(), delivery.Message.Kept(broker.Clock), id, delivery.QoS, delivery.Retain) { SubscriptionIds = delivery.SubscriptionIds };

    /// <summary>An id that is not in use [MQTT-2.2.1-3]; there is always one, as window and queue together are far below 65,535.</summary>
    private ushort FreeId()
    {
        do
            lastId = lastId == ushort.MaxValue ? (ushort)1 : (ushort)(lastId + 1);
        while (inflight?.Has(lastId) == true || waiting?.Any(entry => entry.Id == lastId) == true);
        return lastId;
    }

    private bool IsQueueFull(in Delivery next) => waiting is not null
        && (waiting.Count >= broker.Options.SessionQueueMessagesMax || waitingBytes + next.Message.Bytes > broker.Options.SessionQueueBytesMax);

    /// <summary>What has expired while it waited makes room [MQTT-3.3.2-5]; looked for only when something is known to have.</summary>
    private void DropExpired()
    {
        var now = broker.Clock.Now;
        if (waiting is null || earliestExpiry > now)
            return;

        var rest = new Queue<Waiting>(waiting.Count);
        earliestExpiry = long.MaxValue;
        foreach (var entry in waiting)
        {
            if (entry.Delivery.Message.ExpiresAt <= now)
            {
                waitingBytes -= entry.Delivery.Message.Bytes;
                Done(entry);
                continue;
            }

            rest.Enqueue(entry);
            earliestExpiry = Math.Min(earliestExpiry, entry.Delivery.Message.ExpiresAt);
        }

        replaying = Math.Min(replaying, rest.Count);
        waiting = rest;
    }

    private void Wait(in Waiting next)
    {
        (waiting ??= new Queue<Waiting>(1)).Enqueue(next);
        waitingBytes += next.Delivery.Message.Bytes;
        earliestExpiry = Math.Min(earliestExpiry, next.Delivery.Message.ExpiresAt);
    }

    private void DropMessages()
    {
        foreach (var entry in inflight?.Entries ?? [])
            Done(entry);
        foreach (var entry in (IEnumerable<Waiting>?)waiting ?? [])
            Done(entry);
        inflight = null;
        waiting = null;
        received = null;
        waitingBytes = 0;
    }

    private void BeginReplay()
    {
        IsPaced = false;
        replaying = waiting?.Count ?? 0;
        if (replaying > 0 && broker.Options.Rates.ReplaysPerSecond is { } pace)
            replay = new TokenBucket(pace, pace, broker.Clock.Now);
        else
            replaying = 0;
    }

    /// <summary>Moves what waits into the window and sends what is in the window and not yet sent, as far as there is room.</summary>
    private void Pump(Connection to)
    {
        while (true)
        {
            Refill();
            if (inflight is null)
                return;
            if (inflight.Count == 0)
            {
                if (waiting is null)
                    inflight.Trim();
                return;
            }

            // The window counts what this connection has been sent and not answered [MQTT-3.3.4-9].
            if (inflight.AllSent || inflight.Sent >= window)
                return;

            var entry = inflight.NextUnsent;
            switch (Send(to, entry))
            {
                case SendResult.Queued:
                    inflight.MarkSent();
                    if (entry.Kept is { State: KeptDelivery.Progress.Waiting } kept)
                    {
                        kept.State = KeptDelivery.Progress.Sent;
                        broker.Journal!.Moved(kept);
                    }

                    break;
                case SendResult.Full:
                    to.TellWhenDrained();
                    return;
                case SendResult.Closed:
                    return;
                default:
                    inflight.DropUnsent();
                    Done(entry);
                    break;
            }
        }
    }

    private void Refill()
    {
        while (waiting is not null && (inflight?.Count ?? 0) < window)
        {
            if (waiting.Count == 0)
            {
                waiting = null;
                return;
            }

            if (replaying > 0)
            {
                IsPaced = !replay.TryTake(1, broker.Clock.Now);
                if (IsPaced)
                    return;
                replaying--;
            }

            var next = waiting.Dequeue();
            waitingBytes -= next.Delivery.Message.Bytes;
            (inflight ??= new Inflight()).Add(next);
        }
    }

    private SendResult Send(Connection to, in Waiting entry)
    {
        if (!entry.Released)
            return Send(to, entry.Delivery, entry.Id, entry.Dup);
        to.SendPubRel(entry.Id, ReasonCode.Success);
        return SendResult.Queued;
    }

    /// <summary>TooLarge also stands for a message that this connection may not see, or no longer: it can never be sent.</summary>
    private SendResult Send(Connection to, in Delivery delivery, ushort packetId, bool dup)
    {
        var message = delivery.Message;
        var now = broker.Clock.Now;

        // What has been sent before does not expire: its receiver may have it, and waits for the rest [MQTT-4.3.3-7].
        if ((message.ExpiresAt <= now && !dup) || (!delivery.Direct && !broker.Host.AuthorizeDelivery(to, message.Topic)))
            return SendResult.TooLarge;

        var head = new PublishPacket
        {
            QoS = delivery.QoS,
            Retain = delivery.Retain,
            Dup = dup,
            PacketId = packetId,
            Properties = to.Level == ProtocolLevel.V5 ? message.PropertiesAt(now, delivery.SubscriptionIds) : null,
        };
        return to.TryPublish(message.TopicUtf8, head, message.Payload);
    }
}
