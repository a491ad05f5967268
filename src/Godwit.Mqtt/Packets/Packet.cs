namespace Godwit.Mqtt.Packets;

/// <summary>
/// One packet that was read: its type, and the member that belongs to the type. PUBLISH and the acknowledgements are
/// structures, so that the hot path allocates nothing.
/// </summary>
public readonly struct Packet
{
    private readonly object? body;
    private readonly PublishPacket publish;
    private readonly AckPacket ack;

    public Packet(PacketType type, object? body)
    {
        Type = type;
        this.body = body;
    }

    public Packet(in PublishPacket publish)
    {
        Type = PacketType.Publish;
        this.publish = publish;
    }

    public Packet(PacketType type, in AckPacket ack)
    {
        Type = type;
        this.ack = ack;
    }

    public PacketType Type { get; }

    public PublishPacket Publish => publish;

    /// <summary>PUBACK, PUBREC, PUBREL, PUBCOMP.</summary>
    public AckPacket Ack => ack;

    public ConnectPacket Connect => (ConnectPacket)body!;

    public ConnAckPacket ConnAck => (ConnAckPacket)body!;

    public SubscribePacket Subscribe => (SubscribePacket)body!;

    /// <summary>SUBACK and UNSUBACK.</summary>
    public SubAckPacket SubAck => (SubAckPacket)body!;

    public UnsubscribePacket Unsubscribe => (UnsubscribePacket)body!;

    /// <summary>DISCONNECT and AUTH.</summary>
    public DisconnectPacket Disconnect => (DisconnectPacket)body!;
}
