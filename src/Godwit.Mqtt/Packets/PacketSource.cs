namespace Godwit.Mqtt.Packets;

/// <summary>Who sent the bytes: a server refuses packets that only servers send, and the other way round.</summary>
public enum PacketSource
{
    Client,
    Server,
}
