using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>
/// A PUBLISH with its topic resolved. <see cref="Payload"/> lies in the connection's read buffer: it is valid until the work
/// that <see cref="IBrokerHost.OnPublish"/> returned has completed.
/// </summary>
public readonly struct IncomingPublish
{
    public required Topic Topic { get; init; }
    public required ReadOnlyMemory<byte> Payload { get; init; }
    public required QoS QoS { get; init; }
    public required bool Retain { get; init; }
    public bool Dup { get; init; }

    /// <summary>MQTT 5 properties, or null.</summary>
    public Properties? Properties { get; init; }
}
