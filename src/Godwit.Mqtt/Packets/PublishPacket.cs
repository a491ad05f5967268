namespace Godwit.Mqtt.Packets;

/// <summary>
/// PUBLISH. Topic and payload are slices of the buffer that was read, valid as long as that buffer is. The topic is empty
/// when a topic alias stands for it.
/// </summary>
public readonly struct PublishPacket
{
    public ReadOnlyMemory<byte> TopicUtf8 { get; init; }
    public ReadOnlyMemory<byte> Payload { get; init; }
    public QoS QoS { get; init; }
    public bool Retain { get; init; }
    public bool Dup { get; init; }

    /// <summary>Zero at QoS 0.</summary>
    public ushort PacketId { get; init; }

    public Properties? Properties { get; init; }
}
