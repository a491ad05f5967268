using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

internal sealed partial class Connection
{
    public SendResult TrySend(
        ReadOnlySpan<byte> topicUtf8,
        ReadOnlySpan<byte> payloadPrefix,
        ReadOnlyMemory<byte> payloadBody,
        ReadOnlySpan<byte> payloadSuffix,
        QoS qos,
        IDisposable? lease = null)
    {
        if (qos == QoS.AtMostOnce)
            return outbox.TryPublish(topicUtf8, default, payloadPrefix, payloadBody, payloadSuffix, lease);

        var payload = new byte[payloadPrefix.Length + payloadBody.Length + payloadSuffix.Length];
        payloadPrefix.CopyTo(payload);
        payloadBody.Span.CopyTo(payload.AsSpan(payloadPrefix.Length));
        payloadSuffix.CopyTo(payload.AsSpan(payloadPrefix.Length + payloadBody.Length));
        var result = TrySend(System.Text.Encoding.UTF8.GetString(topicUtf8), payload, qos);
        if (result == SendResult.Queued)
            lease?.Dispose();
        return result;
    }

    public SendResult TrySend(string topic, ReadOnlyMemory<byte> payload, QoS qos, Properties? properties = null)
    {
        if (!IsOpen || Session is not { } session)
            return SendResult.Closed;

        var granted = qos > broker.Profile.MaximumQos ? broker.Profile.MaximumQos : qos;
        var message = Message.From(topic, payload, granted, retain: false, properties, broker.Clock.Now);
        return session.Deliver(new Delivery(message, granted, Retain: false, SubscriptionIds: null, Direct: true), out _);
    }

    /// <summary>For the session: a message shared with others, by reference.</summary>
    public SendResult TryPublish(ReadOnlySpan<byte> topicUtf8, in PublishPacket head, ReadOnlyMemory<byte> payload) =>
        outbox.TryPublish(topicUtf8, head, prefix: default, payload, suffix: default, lease: null);

    /// <summary>For the session: the client's PUBREC has come, now or on an earlier connection [MQTT-4.3.3-5].</summary>
    public void SendPubRel(ushort packetId, ReasonCode reason) => SendAck(PacketType.PubRel, packetId, reason);

    public void TellWhenDrained() => outbox.TellWhenDrained();

    public ValueTask WhenDrained(CancellationToken ct = default)
    {
        var drained = outbox.WhenDrained();
        return new ValueTask(drained.IsCompleted || !ct.CanBeCanceled ? drained : drained.WaitAsync(ct));
    }

    public QoS? GrantedQos(ReadOnlySpan<char> topic) => Session?.GrantedQos(topic);

    public void Disconnect(ReasonCode reason) => End(DisconnectReason.ServerInitiated, reason);
}
