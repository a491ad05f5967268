namespace Godwit.Mqtt.Packets;

public enum ReadStatus
{
    /// <summary>The bytes are the beginning of a packet.</summary>
    NeedMore,
    Packet,
    Refused,
}
