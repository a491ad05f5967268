using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>A message in a form that can be written; one for all sessions that keep it.</summary>
public sealed class KeptMessage
{
    public required string Topic { get; init; }

    public required ReadOnlyMemory<byte> Payload { get; init; }

    public required QoS QoS { get; init; }

    /// <summary>As it was published.</summary>
    public required bool Retain { get; init; }

    /// <summary>The MQTT 5 property section as it goes over the wire, length included; null without properties.</summary>
    public byte[]? Properties { get; init; }

    /// <summary>The MQTT 5 user properties among them.</summary>
    public IReadOnlyList<UserProperty>? UserProperties => PropertySection.Read(Properties)?.UserProperties;

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Belongs to the journal.</summary>
    public object? JournalState { get; set; }
}
