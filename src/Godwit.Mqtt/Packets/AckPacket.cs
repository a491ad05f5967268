namespace Godwit.Mqtt.Packets;

/// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP; the packet's type says which.</summary>
public readonly struct AckPacket
{
    public ushort PacketId { get; init; }
    public ReasonCode Reason { get; init; }
    public Properties? Properties { get; init; }
}
