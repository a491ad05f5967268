namespace Godwit.Mqtt.Packets;

/// <summary>The message that CONNECT leaves behind for an end of the connection that the client did not ask for.</summary>
public sealed record Will(string Topic, byte[] Payload, QoS QoS, bool Retain)
{
    public Properties? Properties { get; init; }
}
