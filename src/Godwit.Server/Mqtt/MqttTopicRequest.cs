using System.Text;
using Godwit.Core.Access;
using Godwit.Mqtt;
using Godwit.Mqtt.Packets;
using Godwit.Server.Placement;

namespace Godwit.Server.Mqtt;

/// <summary>
/// A request that came over MQTT. Replies go to this connection and to no other, once, whether or not it subscribed, and only where its policy lets it
/// receive them.
/// </summary>
internal sealed class MqttTopicRequest(IConnection connection, QoS initialQos, Properties? initialProperties, MessageTails tails) : TopicRequest
{
    private const int TopicBytesOnStack = 512;

    private QoS _qos = initialQos;
    private Properties? _properties = initialProperties;
    private List<(string Topic, byte[] Payload)>? _waiting;

    /// <summary>Becomes the next request on the same topic of the same connection; the last one has been answered.</summary>
    public void Renew(QoS qos, Properties? properties, ReadOnlyMemory<byte> payload)
    {
        (_qos, _properties, _waiting) = (qos, properties, null);
        Payload = payload;
    }

    public override bool Awaits(string topic) => connection.GrantedQos(topic) is not null;

    public override void Reply(string topic, ReadOnlyMemory<byte> payload)
    {
        if (!MayReceive(topic))
            return;
        var copy = payload.ToArray();
        if (tails.IsOn)
            tails.Note(connection.Domain, connection.ClientId, TailedPacket.Delivered, topic, copy);
        if (_waiting is null && TrySend(topic, copy) != SendResult.Full)
            return;
        // The outbox is full, perhaps of blocks: what was answered is sent in its order once there is room, before the request counts as done.
        (_waiting ??= []).Add((topic, copy));
    }

    public override ValueTask ReplyBlock(
        string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct)
    {
        if (connection.State is Device { Pace: { } pace })
            return ReplyBlockAtItsPace(pace, topic, head, body, tail, lease, ct);
        if (_waiting is not null || !MayReceive(topic))
            return ReplyBlockInTurn(topic, head, body, tail, lease, ct);
        switch (TrySendBlock(topic, head, body, tail, lease))
        {
            case SendResult.Queued:
                return default;
            case SendResult.Full:
                return ReplyBlockInTurn(topic, head, body, tail, lease, ct);
            default:
                lease?.Dispose();
                return default;
        }
    }

    private async ValueTask ReplyBlockAtItsPace(
        BlockPace pace, string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct)
    {
        try
        {
            await pace.Turn(head.Length + body.Length + tail.Length, ct);
        }
        catch
        {
            lease?.Dispose();
            throw;
        }
        await ReplyBlockInTurn(topic, head, body, tail, lease, ct);
    }

    private async ValueTask ReplyBlockInTurn(
        string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct)
    {
        var owned = false;
        try
        {
            if (!MayReceive(topic))
                return;
            await Flush(ct);
            SendResult result;
            while ((result = TrySendBlock(topic, head, body, tail, lease)) == SendResult.Full)
                await connection.WhenDrained(ct);
            owned = result == SendResult.Queued;
        }
        finally
        {
            if (!owned)
                lease?.Dispose();
        }
    }

    private SendResult TrySendBlock(string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease)
    {
        // Block after block goes to the same topic: its bytes are made on the stack, not on the heap.
        Span<byte> room = stackalloc byte[TopicBytesOnStack];
        if (!Encoding.UTF8.TryGetBytes(topic, room, out var length))
            return TrySendBlock(Encoding.UTF8.GetBytes(topic), topic, head, body, tail, lease);
        return TrySendBlock(room[..length], topic, head, body, tail, lease);
    }

    private SendResult TrySendBlock(
        ReadOnlySpan<byte> utf8, string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease)
    {
        if (tails.IsOn)
            tails.Note(connection.Domain, connection.ClientId, TailedPacket.Delivered, topic, bytes: head.Length + body.Length + tail.Length);
        // Stream data is as fine as the subscription asked for; unasked it is QoS 0, as all known agents take it.
        var granted = connection.GrantedQos(topic) ?? QoS.AtMostOnce;
        return connection.TrySend(utf8, head.Span, body, tail.Span, granted, lease);
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
        return connection.TrySend(topic, payload, granted > _qos ? granted : _qos, Echoed());
    }

    private bool MayReceive(string topic) => connection.State is Device device && device.Rights.MayReceive(topic);

    /// <summary>A requester in MQTT 5 knows its answer by the correlation data it gave; its response topic is not ours to publish on.</summary>
    private Properties? Echoed() => _properties?.CorrelationData is { } data ? new Properties { CorrelationData = data } : null;
}
