namespace Godwit.Mqtt;

/// <summary>Limits of one connection; what is null is taken from <see cref="MqttProfile"/> and <see cref="BrokerOptions"/>.</summary>
public sealed record ConnectionLimits
{
    public int? SubscriptionsMax { get; init; }
    public int? OutboxBytesMax { get; init; }
    public int? PacketBytesMax { get; init; }
}
