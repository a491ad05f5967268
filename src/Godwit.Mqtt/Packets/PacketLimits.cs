namespace Godwit.Mqtt.Packets;

/// <summary>What a reader takes at most. Limits are checked before anything is allocated.</summary>
/// <param name="PacketBytesMax">The whole packet with its fixed header.</param>
/// <param name="UserPropertiesMax">User properties in one property section.</param>
/// <param name="FiltersMax">Filters in one SUBSCRIBE or UNSUBSCRIBE.</param>
public readonly record struct PacketLimits(int PacketBytesMax, int UserPropertiesMax, int FiltersMax)
{
    public static PacketLimits Default { get; } = new(PacketBytesMax: 149_504, UserPropertiesMax: 20, FiltersMax: 1024);
}
