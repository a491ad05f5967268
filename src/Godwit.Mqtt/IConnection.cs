using System.Net;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>A connection as the host sees it, from its CONNECT to its end.</summary>
public interface IConnection
{
    /// <summary>Unique for the life of the broker.</summary>
    long Id { get; }

    string ClientId { get; }

    /// <summary>What <see cref="ConnectDecision.Accept"/> named; what the host publishes, asks and ends by client id names it as well.</summary>
    string Domain { get; }

    ProtocolLevel Level { get; }

    TransportInfo Transport { get; }

    EndPoint? RemoteEndPoint => Transport.RemoteEndPoint;

    /// <summary>What <see cref="IBrokerHost.Authenticate"/> attached; the host may replace it.</summary>
    object? State { get; set; }

    bool IsOpen { get; }

    /// <summary>
    /// Sends a PUBLISH to this connection whether or not it subscribed, once. Nothing is routed, no authorisation is asked. At
    /// QoS 0 the payload is prefix, body and suffix; prefix and suffix are copied, the body is referred to until it has been
    /// written (or dropped), when <paramref name="lease"/> is disposed, on any thread. QoS 1 copies all and follows the
    /// session's rules for redelivery. Unless the answer is <see cref="SendResult.Queued"/>, the lease is not disposed.
    /// </summary>
    SendResult TrySend(
        ReadOnlySpan<byte> topicUtf8,
        ReadOnlySpan<byte> payloadPrefix,
        ReadOnlyMemory<byte> payloadBody,
        ReadOnlySpan<byte> payloadSuffix,
        QoS qos,
        IDisposable? lease = null);

    /// <summary>As above for a whole payload and MQTT 5 properties. The payload must not change afterwards.</summary>
    SendResult TrySend(string topic, ReadOnlyMemory<byte> payload, QoS qos, Properties? properties = null);

    /// <summary>Completes when the outbox is at most half full, or the connection has ended; at once if it is so now.</summary>
    ValueTask WhenDrained(CancellationToken ct = default);

    /// <summary>The highest QoS granted to a subscription of this connection that matches the topic; null if none does.</summary>
    QoS? GrantedQos(ReadOnlySpan<char> topic);

    /// <summary>Level 5 is told the reason by DISCONNECT; level 4 sees the connection close. Does not wait.</summary>
    void Disconnect(ReasonCode reason);
}
