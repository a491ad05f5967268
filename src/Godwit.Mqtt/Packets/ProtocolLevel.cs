namespace Godwit.Mqtt.Packets;

/// <summary>The protocol level byte of CONNECT. <see cref="None"/> means that no CONNECT has been read yet.</summary>
public enum ProtocolLevel : byte
{
    None = 0,
    V311 = 4,
    V5 = 5,
}
