namespace Godwit.Mqtt.Packets;

public sealed record UnsubscribePacket(ushort PacketId, IReadOnlyList<string> Filters)
{
    public Properties? Properties { get; init; }
}
