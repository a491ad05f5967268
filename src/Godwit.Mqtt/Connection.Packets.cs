using System.Text;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

internal sealed partial class Connection
{
    private int subscriptionsMax;
    private Topic? lastTopic;
    private Topic? otherTopic;
    private Topic?[]? aliases;

    private ValueTask Publish(in PublishPacket packet)
    {
        Interlocked.Increment(ref broker.Counters.PublishesIn);
        if (packet.QoS > broker.Profile.MaximumQos)
            return Refused(ReasonCode.QosNotSupported);
        if (packet.Payload.Length > broker.Profile.PayloadBytesMax)
            return Refused(ReasonCode.PacketTooLarge);
        if (TopicOf(packet, out var refusal) is not { } topic)
            return Refused(refusal);

        var message = new IncomingPublish
        {
            Topic = topic,
            Payload = packet.Payload,
            QoS = packet.QoS,
            Retain = packet.Retain,
            Dup = packet.Dup,
            Properties = packet.Properties,
        };
        var verdict = broker.Host.AuthorizePublish(this, message);
        switch (verdict.Action)
        {
            case PublishVerdict.Kind.Disconnect:
                End(DisconnectReason.Forbidden, verdict.Reason);
                return default;
            case PublishVerdict.Kind.Drop:
                Acknowledge(packet, verdict.Reason);
                return default;
            case PublishVerdict.Kind.Allow:
                Acknowledge(packet, ReasonCode.Success);
                break;
        }

        var handling = broker.Host.OnPublish(this, message);
        if (handling.Route)
            broker.Route(message, this);

        var ackAfter = verdict.Action == PublishVerdict.Kind.AllowAckAfterEffect;
        if (!handling.Work.IsCompletedSuccessfully)
            return Finish(handling.Work, packet.QoS, packet.PacketId, ackAfter);
        if (ackAfter)
            AcknowledgeEffect(packet.QoS, packet.PacketId, handling.Work.Result);
        return default;
    }

    private async ValueTask Finish(ValueTask<ReasonCode> work, QoS qos, ushort packetId, bool ackAfter)
    {
        var reason = await work.ConfigureAwait(false);
        if (ackAfter)
            AcknowledgeEffect(qos, packetId, reason);
    }

    private void AcknowledgeEffect(QoS qos, ushort packetId, ReasonCode reason)
    {
        if (reason >= ReasonCode.UnspecifiedError && Level == ProtocolLevel.V311)
            End(DisconnectReason.ServerError, reason);
        else
            Acknowledge(new PublishPacket { QoS = qos, PacketId = packetId }, reason);
    }

    private void Acknowledge(in PublishPacket packet, ReasonCode reason)
    {
        if (packet.QoS == QoS.AtLeastOnce)
        {
            outbox.Send(new AckPacket { PacketId = packet.PacketId, Reason = reason }, static (output, level, ack) =>
                PacketWriter.Ack(output, level, PacketType.PubAck, ack));
        }
    }

    /// <summary>Resolves alias and repetition; null with the reason if the topic cannot be.</summary>
    private Topic? TopicOf(in PublishPacket packet, out ReasonCode refusal)
    {
        refusal = ReasonCode.Success;
        var alias = packet.Properties?.TopicAlias ?? 0;
        if (alias > broker.Profile.TopicAliasMaximum)
        {
            refusal = ReasonCode.TopicAliasInvalid; // [MQTT-3.3.2-9]
            return null;
        }

        if (packet.TopicUtf8.IsEmpty)
        {
            var known = aliases?[alias];
            refusal = known is null ? ReasonCode.TopicAliasInvalid : ReasonCode.Success;
            return known;
        }

        var topic = Recent(packet.TopicUtf8.Span);
        if (topic is null)
        {
            topic = new Topic(Encoding.UTF8.GetString(packet.TopicUtf8.Span), packet.TopicUtf8.ToArray());
            if (!IsTopicWithinLimits(topic.Name))
            {
                refusal = ReasonCode.TopicNameInvalid;
                return null;
            }

            (otherTopic, lastTopic) = (lastTopic, topic);
        }

        if (alias > 0)
            (aliases ??= new Topic?[broker.Profile.TopicAliasMaximum + 1])[alias] = topic;
        return topic;
    }

    private Topic? Recent(ReadOnlySpan<byte> utf8)
    {
        if (lastTopic is not null && utf8.SequenceEqual(lastTopic.Utf8.Span))
            return lastTopic;
        return otherTopic is not null && utf8.SequenceEqual(otherTopic.Utf8.Span) ? otherTopic : null;
    }

    private bool IsTopicWithinLimits(string topic) =>
        Encoding.UTF8.GetByteCount(topic) <= broker.Profile.TopicBytesMax && topic.AsSpan().Count('/') <= broker.Profile.SlashesMax;

    private void Subscribe(SubscribePacket packet)
    {
        if (packet.Filters.Count > broker.Profile.FiltersPerSubscribeMax)
        {
            Refuse(ReasonCode.QuotaExceeded);
            return;
        }

        var id = packet.Properties?.SubscriptionIds?[0];
        if (id is not null && !broker.Profile.SubscriptionIdentifiers)
        {
            Refuse(ReasonCode.SubscriptionIdentifiersNotSupported);
            return;
        }

        var codes = new ReasonCode[packet.Filters.Count];
        var granted = new List<string>();
        var retained = new List<(Subscription, SubscribeFilter, bool IsNew)>();
        for (var i = 0; i < codes.Length; i++)
        {
            var filter = packet.Filters[i];
            if (Subscribe(filter, id, retained) is not { } code)
                return;
            codes[i] = code;
            if (code < ReasonCode.UnspecifiedError)
                granted.Add(filter.Filter);
        }

        outbox.Send(new SubAckPacket(packet.PacketId, codes), static (output, level, ack) => PacketWriter.SubAck(output, level, ack));
        foreach (var (subscription, filter, isNew) in retained)
            broker.SendRetained(subscription, filter, isNew);
        if (granted.Count > 0)
            broker.Host.Subscribed(this, granted);
    }

    /// <summary>The code for SUBACK; null if the connection has been ended.</summary>
    private ReasonCode? Subscribe(in SubscribeFilter filter, uint? id, List<(Subscription, SubscribeFilter, bool IsNew)> retained)
    {
        var isValid = TopicFilter.TrySplitShare(filter.Filter, out var share, out var inner) && TopicFilter.IsValid(inner);
        if (!isValid)
            return ReasonCode.TopicFilterInvalid;

        var refusal = filter.QoS > broker.Profile.MaximumQos ? ReasonCode.QosNotSupported
            : !IsTopicWithinLimits(inner) || share?.Length > broker.Profile.ClientIdBytesMax ? ReasonCode.TopicFilterInvalid
            : share is not null && filter.NoLocal ? ReasonCode.ProtocolError // [MQTT-3.8.3-4]
            : ReasonCode.Success;
        if (refusal != ReasonCode.Success)
        {
            Refuse(refusal);
            return null;
        }

        var session = Session!;
        var isNew = !session.Has(filter.Filter);
        if (isNew && session.SubscriptionCount >= subscriptionsMax)
            return ReasonCode.QuotaExceeded;

        var verdict = broker.Host.AuthorizeSubscribe(this, filter);
        if (verdict.Ends)
        {
            End(DisconnectReason.Forbidden, verdict.Failure);
            return null;
        }

        if (verdict.Failure != ReasonCode.Success)
            return verdict.Failure;

        var subscription = new Subscription(session, filter.Filter, inner, share, filter.QoS)
        {
            NoLocal = filter.NoLocal,
            RetainAsPublished = filter.RetainAsPublished,
            Id = id,
        };

        // The new one before the old one goes, so that no message falls between; the session gets it once all the same.
        World.Tree.Add(subscription);
        if (session.Add(subscription) is { } replaced)
            World.Tree.Remove(replaced);
        if (share is null)
            retained.Add((subscription, filter, isNew));
        return (ReasonCode)filter.QoS;
    }

    private void Unsubscribe(UnsubscribePacket packet)
    {
        if (packet.Filters.Count > broker.Profile.FiltersPerSubscribeMax)
        {
            Refuse(ReasonCode.QuotaExceeded);
            return;
        }

        var codes = new ReasonCode[packet.Filters.Count];
        var removed = new List<string>();
        for (var i = 0; i < codes.Length; i++)
        {
            codes[i] = ReasonCode.NoSubscriptionExisted;
            if (Session!.Remove(packet.Filters[i]) is not { } subscription)
                continue;
            World.Tree.Remove(subscription);
            removed.Add(packet.Filters[i]);
            codes[i] = ReasonCode.Success;
        }

        outbox.Send(new SubAckPacket(packet.PacketId, codes), static (output, level, ack) => PacketWriter.UnsubAck(output, level, ack));
        if (removed.Count > 0)
            broker.Host.Unsubscribed(this, removed);
    }

    private void ClientDisconnect(DisconnectPacket packet)
    {
        if (packet.Properties?.SessionExpirySeconds is { } seconds && Session is { } session)
        {
            if (session.LifetimeMs == 0 && seconds != 0)
            {
                Refuse(ReasonCode.ProtocolError); // [MQTT-3.14.2-2]
                return;
            }

            session.LifetimeMs = Math.Min(seconds * 1000L, (long)broker.Profile.SessionExpiryMax.TotalMilliseconds);
        }

        if (packet.Reason == ReasonCode.Success)
            will = null; // [MQTT-3.14.4-3]
        End(DisconnectReason.ClientInitiated, ReasonCode.Success);
    }

    private ValueTask Refused(ReasonCode code)
    {
        Refuse(code);
        return default;
    }
}
