namespace Godwit.Mqtt.Packets;

/// <summary>DISCONNECT, or AUTH; at level 4 the reason is always <see cref="ReasonCode.Success"/>.</summary>
public sealed record DisconnectPacket(ReasonCode Reason)
{
    public Properties? Properties { get; init; }
}
