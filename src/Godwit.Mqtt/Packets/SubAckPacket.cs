namespace Godwit.Mqtt.Packets;

/// <summary>SUBACK, or UNSUBACK (which has no codes at level 4).</summary>
public sealed record SubAckPacket(ushort PacketId, IReadOnlyList<ReasonCode> Codes)
{
    public Properties? Properties { get; init; }
}
