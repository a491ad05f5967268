using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>One message that waits in one kept session. The number gives the order, within the session and among all.</summary>
public sealed class KeptDelivery(SessionKey session, long number, KeptMessage message, ushort packetId, QoS qos, bool retain)
{
    public enum Progress
    {
        /// <summary>Not sent yet.</summary>
        Waiting,

        /// <summary>Sent, perhaps; comes again with DUP.</summary>
        Sent,

        /// <summary>QoS 2: PUBREC has come, the message itself is not sent again [MQTT-4.3.3-5].</summary>
        Released,
    }

    public SessionKey Session => session;

    public long Number => number;

    public KeptMessage Message => message;

    public ushort PacketId => packetId;

    public QoS QoS => qos;

    public bool Retain => retain;

    public IReadOnlyList<uint>? SubscriptionIds { get; init; }

    public Progress State { get; set; }

    /// <summary>Belongs to the journal.</summary>
    public object? JournalState { get; set; }
}
