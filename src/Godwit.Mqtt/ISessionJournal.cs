namespace Godwit.Mqtt;

/// <summary>
/// The broker's memory beyond its process: sessions that clients asked to be kept, what waits in them, and retained messages. The broker tells of every change
/// in its order, with locks held: note it and return. It tells nothing of clean sessions, of QoS 0 on its way, or of what the host sends to one
/// connection (<see cref="IConnection.TrySend(string, ReadOnlyMemory{byte}, Packets.QoS, Packets.Properties?)"/>). Before it acknowledges a
/// change to a client it waits for <see cref="Written"/>.
/// </summary>
public interface ISessionJournal
{
    /// <summary>All that was kept, when a broker starts.</summary>
    ValueTask<KeptState> Load(CancellationToken ct);

    /// <summary>A session begins, or its client is back; <paramref name="lifetime"/> is how long it is kept without a connection.</summary>
    void Opened(SessionKey session, TimeSpan lifetime);

    /// <summary>Its connection ended; the session ends too unless the client is back by <paramref name="endsAt"/>.</summary>
    void Left(SessionKey session, TimeSpan lifetime, DateTimeOffset endsAt);

    /// <summary>The session is over, with its subscriptions and QoS 2 identifiers. What waited in it was told to be done before.</summary>
    void Ended(SessionKey session);

    /// <summary>The session has a will, in place of what was told of one before. <paramref name="dueAt"/> is null as long as its client is connected.</summary>
    void WillKept(SessionKey session, KeptWill will, DateTimeOffset? dueAt);

    /// <summary>It has been published, or never will be; told before the session's own end.</summary>
    void WillOver(SessionKey session);

    /// <summary>New, or in place of the one with the same filter.</summary>
    void Subscribed(SessionKey session, KeptSubscription subscription);

    void Unsubscribed(SessionKey session, string filter);

    /// <summary>False if too much waits to be written already: the message is dropped as one for which the session has no room.</summary>
    bool Queued(KeptDelivery delivery);

    /// <summary>Its <see cref="KeptDelivery.State"/> has changed.</summary>
    void Moved(KeptDelivery delivery);

    /// <summary>Acknowledged, expired or given up.</summary>
    void Done(KeptDelivery delivery);

    /// <summary>A QoS 2 message of the client was taken; its identifier must not be taken again until it is released [MQTT-4.3.3-10].</summary>
    void Received(SessionKey session, ushort packetId);

    void Released(SessionKey session, ushort packetId);

    void Retained(string domain, KeptMessage message);

    void Forgotten(string domain, string topic);

    /// <summary>Completes when all that was told before is durable; fails if it cannot be made so.</summary>
    ValueTask Written();
}
