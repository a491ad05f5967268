namespace Godwit.Mqtt;

/// <summary>A will whose delay runs: published at <paramref name="DueAt"/> unless its session is taken up before [MQTT-3.1.3-9].</summary>
internal sealed record DelayedWill(Connection From, long DueAt);
