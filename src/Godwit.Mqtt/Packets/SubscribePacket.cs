namespace Godwit.Mqtt.Packets;

public sealed record SubscribePacket(ushort PacketId, IReadOnlyList<SubscribeFilter> Filters)
{
    public Properties? Properties { get; init; }
}
