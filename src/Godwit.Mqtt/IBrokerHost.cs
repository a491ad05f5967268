using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>
/// The one seam between the broker and the service behind it. The four asynchronous or ordered calls of one connection
/// (<see cref="Authenticate"/>, <see cref="AuthorizePublish"/>, <see cref="AuthorizeSubscribe"/>, <see cref="OnPublish"/>) never
/// overlap; <see cref="AuthorizeDelivery"/> may be called on any thread, at any time, with locks of the broker held: it must be
/// quick and must not call the broker.
/// </summary>
public interface IBrokerHost
{
    ValueTask<ConnectDecision> Authenticate(ConnectAttempt attempt, CancellationToken ct);

    /// <summary>Also asked for a will, when it is about to be published; then the connection has ended already.</summary>
    PublishVerdict AuthorizePublish(IConnection connection, in IncomingPublish message);

    /// <summary>
    /// May the will be kept beyond the process? After a restart it is published without being asked for again. Asked at CONNECT of a
    /// session that is kept.
    /// </summary>
    bool MayKeepWill(IConnection connection, Will will);

    /// <summary>The filter as sent, with <c>$share/name/</c> if it has that.</summary>
    SubscribeVerdict AuthorizeSubscribe(IConnection connection, in SubscribeFilter filter);

    /// <summary>False: this message is silently not delivered to this connection.</summary>
    bool AuthorizeDelivery(IConnection connection, string topic);

    /// <summary>
    /// Called for each accepted PUBLISH, in the order of the connection, before routing. A slow answer stops this connection
    /// from being read, and no other.
    /// </summary>
    PublishHandling OnPublish(IConnection connection, in IncomingPublish message);

    /// <summary>After CONNACK has been queued.</summary>
    void Connected(IConnection connection);

    /// <summary>Once for each <see cref="Connected"/>.</summary>
    void Disconnected(IConnection connection, DisconnectReason reason);

    /// <summary>Filters that were granted, after SUBACK has been queued.</summary>
    void Subscribed(IConnection connection, IReadOnlyList<string> filters);

    void Unsubscribed(IConnection connection, IReadOnlyList<string> filters);

    /// <summary>An exception that nobody expected: a bug of the host or of the broker. The connection has been ended.</summary>
    void Faulted(IConnection? connection, Exception error);
}
