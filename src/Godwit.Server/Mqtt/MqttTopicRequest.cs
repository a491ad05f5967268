using System.Text;
using Godwit.Core.Access;
using Godwit.Mqtt;
using Godwit.Mqtt.Packets;

namespace Godwit.Server.Mqtt;

/// <summary>
/// A request that came over MQTT. Replies go to this connection and to no other, once, whether or not it subscribed, and only where its policy lets it
/// receive them.
/// </summary>
internal sealed class MqttTopicRequest(IConnection connection, QoS qos, Properties? properties) : TopicRequest
{
    private List<(string Topic, byte[] Payload)>? _waiting;

    public override void Reply(string topic, ReadOnlyMemory<byte> payload)
    {
        if (!MayReceive(topic))
            return;
        var copy = payload.ToArray();
        if (_waiting is null && TrySend(topic, copy) != SendResult.Full)
            return;
        // The outbox is full, perhaps of blocks: what was answered is sent in its order once there is room, before the request counts as done.
        (_waiting ??= []).Add((topic, copy));
    }

    public override async ValueTask ReplyBlock(
        string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct)
    {
        var owned = false;
        try
        {
            if (!MayReceive(topic))
                return;
            await Flush(ct);
            var utf8 = Encoding.UTF8.GetBytes(topic);
            // Stream data is as fine as the subscription asked for; unasked it is QoS 0, as all known agents take it.
            var granted = connection.GrantedQos(topic) ?? QoS.AtMostOnce;
            SendResult result;
            while ((result = connection.TrySend(utf8, head.Span, body, tail.Span, granted, lease)) == SendResult.Full)
                await connection.WhenDrained(ct);
            owned = result == SendResult.Queued;
        }
        finally
        {
            if (!owned)
                lease?.Dispose();
        }
    }

    /// <summary>Sends the replies for which there was no room.</summary>
    public async ValueTask Flush(CancellationToken ct)
    {
        if (_waiting is null)
            return;
        foreach (var (topic, payload) in _waiting)
            while (TrySend(topic, payload) == SendResult.Full)
                await connection.WhenDrained(ct);
        _waiting = null;
    }

    private SendResult TrySend(string topic, byte[] payload)
    {
        var granted = connection.GrantedQos(topic) ?? QoS.AtMostOnce;
        return connection.TrySend(topic, payload, granted > qos ? granted : qos, Echoed());
    }

    private bool MayReceive(string topic) => connection.State is Device device && device.Rights.MayReceive(topic);

    /// <summary>A requester in MQTT 5 knows its answer by the correlation data it gave; its response topic is not ours to publish on.</summary>
    private Properties? Echoed() => properties?.CorrelationData is { } data ? new Properties { CorrelationData = data } : null;
}
