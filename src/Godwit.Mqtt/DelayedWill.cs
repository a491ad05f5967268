using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>A will that is published at <paramref name="DueAt"/> unless its session is taken up before [MQTT-3.1.3-9].</summary>
/// <param name="From">Null where the connection was of a process before this one; then the host has agreed already.</param>
internal sealed record DelayedWill(Will Message, Domain World, Connection? From, long DueAt);
