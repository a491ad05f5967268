using System.Text;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

internal sealed partial class Connection
{
    private int subscriptionsMax;
    private Topic? lastTopic;
    private Topic? otherTopic;
    private Topic?[]? aliases;
    private AckLine? acks;

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
            Properties = broker.Profile.Lowered(packet.Properties),
        };
        if (packet.QoS != QoS.AtMostOnce && TakesNoMore(packet) is { } done)
            return done;
        if (!rates.TryTakePublish(broker.Clock.Now))
            return Throttled(packet);

        var verdict = broker.Host.AuthorizePublish(this, message);
        switch (verdict.Action)
        {
            case PublishVerdict.Kind.Disconnect:
                End(DisconnectReason.Forbidden, verdict.Reason);
                return default;
            case PublishVerdict.Kind.Drop:
                return Acknowledge(packet.QoS, packet.PacketId, verdict.Reason, before: default);
            default:
                return Accept(message, packet.PacketId, verdict.Action);
        }
    }

    /// <summary>Hands the message on and acknowledges it as the verdict says.</summary>
    private ValueTask Accept(in IncomingPublish message, ushort packetId, PublishVerdict.Kind verdict)
    {
        var qos = message.QoS;
        var early = default(ValueTask);
        List<Subscription>? found = null;
        var isEarly = verdict == PublishVerdict.Kind.AllowAckFirst
            || (verdict == PublishVerdict.Kind.Allow && !broker.Router.WouldKeep(message, World, out found));
        if (isEarly)
            early = AcknowledgeTaken(qos, packetId, ReasonCode.Success, kept: false);

        var handling = broker.Host.OnPublish(this, message);
        var kept = handling.Route && broker.Router.Route(message, this, found);
        if (isEarly)
            return handling.Work.IsCompletedSuccessfully && early.IsCompletedSuccessfully ? default : Both(handling.Work, early);

        if (verdict == PublishVerdict.Kind.Allow)
        {
            var acknowledged = AcknowledgeTaken(qos, packetId, ReasonCode.Success, kept);
            return handling.Work.IsCompletedSuccessfully && acknowledged.IsCompletedSuccessfully ? default : Both(handling.Work, acknowledged);
        }

        return handling.Work.IsCompletedSuccessfully
            ? AcknowledgeEffect(qos, packetId, handling.Work.Result, kept)
            : Finish(handling.Work, qos, packetId, kept);
    }

    private static async ValueTask Both(ValueTask<ReasonCode> work, ValueTask acknowledged)
    {
        await work.ConfigureAwait(false);
        await acknowledged.ConfigureAwait(false);
    }

    private async ValueTask Finish(ValueTask<ReasonCode> work, QoS qos, ushort packetId, bool kept)
    {
        var reason = await work.ConfigureAwait(false);
        await AcknowledgeEffect(qos, packetId, reason, kept).ConfigureAwait(false);
    }

    /// <summary>A failure that PUBACK has no code for, and any at level 4, ends the connection: the client sends the message again.</summary>
    private ValueTask AcknowledgeEffect(QoS qos, ushort packetId, ReasonCode reason, bool kept)
    {
        if (reason < ReasonCode.UnspecifiedError)
            return AcknowledgeTaken(qos, packetId, reason, kept);
        if (Level == ProtocolLevel.V5 && PacketReader.IsAckReason(PacketType.PubAck, reason))
            return Acknowledge(qos, packetId, reason, before: default);
        End(DisconnectReason.ServerError, reason);
        return default;
    }

    /// <summary>
    /// The message has been taken. Its identifier is noted after it: where a kill comes between the two the message comes again and is
    /// taken twice, which is better than not at all [MQTT-4.3.3-8].
    /// </summary>
    private ValueTask AcknowledgeTaken(QoS qos, ushort packetId, ReasonCode reason, bool kept)
    {
        if (qos == QoS.ExactlyOnce)
        {
            Session!.Receive(packetId); // [MQTT-4.3.3-10]
            kept |= Session.IsKept;
        }

        return Acknowledge(qos, packetId, reason, before: kept && qos != QoS.AtMostOnce ? broker.Journal!.Written() : default);
    }

    /// <summary>PUBACK or PUBREC, in its turn.</summary>
    private ValueTask Acknowledge(QoS qos, ushort packetId, ReasonCode reason, ValueTask before)
    {
        if (qos == QoS.AtMostOnce)
            return default;
        if (qos == QoS.ExactlyOnce && reason >= ReasonCode.UnspecifiedError)
            Session!.ReleaseReceived(packetId); // Nothing follows a PUBREC that says no [MQTT-4.3.3-9].
        if (before.IsCompletedSuccessfully && acks is null)
        {
            SendAck(qos == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec, packetId, reason);
            return default;
        }

        // Most connections never wait for a write, and need no line to stand in.
        acks ??= new AckLine(broker.Profile.ReceiveMaximum, NotWritten);
        return acks.Add(before, () => SendAck(qos == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec, packetId, reason));
    }

    private void SendAck(PacketType type, ushort packetId, ReasonCode reason) =>
        outbox.Send((type, new AckPacket { PacketId = packetId, Reason = reason }), static (output, level, ack) =>
            PacketWriter.Ack(output, level, ack.type, ack.Item2));

    /// <summary>What should have been acknowledged could not be written: without an answer the client sends it again.</summary>
    private void NotWritten(Exception failure)
    {
        if (!IsOpen)
            return;
        broker.Host.Faulted(this, failure);
        End(DisconnectReason.ServerError, ReasonCode.UnspecifiedError);
    }

    /// <summary>
    /// What is answered without being handled: QoS 2 that was seen before, or more than the window, which QoS 1 shares; null if it is to be
    /// handled. QoS 1 alone never exceeds it: what is not acknowledged yet holds the reader up.
    /// </summary>
    private ValueTask? TakesNoMore(in PublishPacket packet)
    {
        if (broker.Profile.MaximumQos < QoS.ExactlyOnce)
            return null;
        if (packet.QoS == QoS.ExactlyOnce && Session!.HasReceived(packet.PacketId))
            return Acknowledge(QoS.ExactlyOnce, packet.PacketId, ReasonCode.Success, before: Session.IsKept ? broker.Journal!.Written() : default); // [MQTT-4.3.3-10]
        if (Session!.ReceivedCount < broker.Profile.ReceiveMaximum)
            return null;
        return Refused(ReasonCode.ReceiveMaximumExceeded); // [MQTT-3.3.4-7]
    }

    private ValueTask Throttled(in PublishPacket packet)
    {
        Interlocked.Increment(ref broker.Counters.Throttled);
        return Level == ProtocolLevel.V5 ? Acknowledge(packet.QoS, packet.PacketId, ReasonCode.QuotaExceeded, before: default) : default;
    }

    private ValueTask PubRec(in AckPacket ack)
    {
        var id = ack.PacketId;
        if (!Session!.Release(this, id, failed: ack.Reason >= ReasonCode.UnspecifiedError))
        {
            SendPubRel(id, Level == ProtocolLevel.V5 ? ReasonCode.PacketIdentifierNotFound : ReasonCode.Success);
            return default;
        }

        if (ack.Reason >= ReasonCode.UnspecifiedError)
            return default;
        if (!Session.IsKept)
        {
            SendPubRel(id, ReasonCode.Success);
            return default;
        }

        // A client that has been told PUBREL may forget the id: the message must not come again, whatever happens.
        acks ??= new AckLine(broker.Profile.ReceiveMaximum, NotWritten);
        return acks.Add(broker.Journal!.Written(), () => SendPubRel(id, ReasonCode.Success));
    }

    private ValueTask PubRel(in AckPacket ack)
    {
        var id = ack.PacketId;
        var known = Session!.ReleaseReceived(id);
        var reason = known || Level == ProtocolLevel.V311 ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound;
        var before = known && Session.IsKept ? broker.Journal!.Written() : default;
        if (before.IsCompletedSuccessfully && acks is null)
        {
            SendAck(PacketType.PubComp, id, reason);
            return default;
        }

        acks ??= new AckLine(broker.Profile.ReceiveMaximum, NotWritten);
        return acks.Add(before, () => SendAck(PacketType.PubComp, id, reason)); // [MQTT-4.3.3-11]
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

    private ValueTask Subscribe(SubscribePacket packet)
    {
        if (packet.Filters.Count > broker.Profile.FiltersPerSubscribeMax)
            return Refused(ReasonCode.QuotaExceeded);

        var id = packet.Properties?.SubscriptionIds?[0];
        if (id is not null && !broker.Profile.SubscriptionIdentifiers)
            return Refused(ReasonCode.SubscriptionIdentifiersNotSupported);

        var codes = new ReasonCode[packet.Filters.Count];
        var granted = new List<string>();
        var retained = new List<(Subscription, SubscribeFilter, bool IsNew)>();
        for (var i = 0; i < codes.Length; i++)
        {
            var filter = packet.Filters[i];
            if (Subscribe(filter, id, retained) is not { } code)
                return default;
            codes[i] = code;
            if (code < ReasonCode.UnspecifiedError)
                granted.Add(filter.Filter);
        }

        return granted.Count > 0 && Session!.IsKept
            ? AnswerWhenWritten(broker.Journal!.Written(), () => Subscribed(packet.PacketId, codes, granted, retained))
            : Answered(() => Subscribed(packet.PacketId, codes, granted, retained));
    }

    private void Subscribed(
        ushort packetId, ReasonCode[] codes, List<string> granted, List<(Subscription Subscription, SubscribeFilter Filter, bool IsNew)> retained)
    {
        outbox.Send(new SubAckPacket(packetId, codes), static (output, level, ack) => PacketWriter.SubAck(output, level, ack));
        foreach (var (subscription, filter, isNew) in retained)
            broker.Router.SendRetained(subscription, filter, isNew);
        if (granted.Count > 0)
            broker.Host.Subscribed(this, granted);
    }

    private static async ValueTask AnswerWhenWritten(ValueTask written, Action answer)
    {
        await written.ConfigureAwait(false);
        answer();
    }

    private static ValueTask Answered(Action answer)
    {
        answer();
        return default;
    }

    /// <summary>The code for SUBACK; null if the connection has been ended.</summary>
    private ReasonCode? Subscribe(in SubscribeFilter filter, uint? id, List<(Subscription, SubscribeFilter, bool IsNew)> retained)
    {
        var isValid = TopicFilter.TrySplitShare(filter.Filter, out var share, out var inner) && TopicFilter.IsValid(inner);
        if (!isValid && !broker.Profile.ClosesAtBadFilter)
            return ReasonCode.TopicFilterInvalid;

        var refusal = !isValid ? ReasonCode.MalformedPacket // [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1] [MQTT-4.8.2-1] [MQTT-4.8.2-2]
            : filter.QoS > broker.Profile.MaximumQos ? ReasonCode.QosNotSupported
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

        var subscription = Subscription.Of(session, filter, id);

        // The new one before the old one goes, so that no message falls between; the session gets it once all the same.
        World.Tree.Add(subscription);
        if (session.Add(subscription) is { } replaced)
            World.Tree.Remove(replaced);
        if (share is null)
            retained.Add((subscription, filter, isNew));
        return (ReasonCode)filter.QoS;
    }

    private ValueTask Unsubscribe(UnsubscribePacket packet)
    {
        if (packet.Filters.Count > broker.Profile.FiltersPerSubscribeMax)
            return Refused(ReasonCode.QuotaExceeded);

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

        return removed.Count > 0 && Session!.IsKept
            ? AnswerWhenWritten(broker.Journal!.Written(), () => Unsubscribed(packet.PacketId, codes, removed))
            : Answered(() => Unsubscribed(packet.PacketId, codes, removed));
    }

    private void Unsubscribed(ushort packetId, ReasonCode[] codes, List<string> removed)
    {
        outbox.Send(new SubAckPacket(packetId, codes), static (output, level, ack) => PacketWriter.UnsubAck(output, level, ack));
        if (removed.Count > 0)
            broker.Host.Unsubscribed(this, removed);
    }

    private void ClientDisconnect(DisconnectPacket packet)
    {
        var expiry = packet.Properties?.SessionExpirySeconds;
        if (expiry > 0 && Session!.LifetimeMs == 0)
        {
            Refuse(ReasonCode.ProtocolError); // What began without an expiry gets none (OASIS MQTT 5.0, 3.14.2.2.2).
            return;
        }

        if (packet.Reason == ReasonCode.Success)
            will = null; // [MQTT-3.14.4-3]
        if (expiry is { } seconds)
            Session!.Open(Math.Min(seconds * 1000L, (long)broker.Profile.SessionExpiryMax.TotalMilliseconds), will is null ? null : keptWill);
        End(DisconnectReason.ClientInitiated, ReasonCode.Success);
    }

    private ValueTask Refused(ReasonCode code)
    {
        Refuse(code);
        return default;
    }
}
