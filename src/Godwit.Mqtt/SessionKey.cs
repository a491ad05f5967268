using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>Whose session it is. With <see cref="MqttProfile.SessionsByLevel"/> a client that changes its level does not find the other one.</summary>
/// <param name="Level"><see cref="ProtocolLevel.None"/> where the session is for all levels.</param>
public readonly record struct SessionKey(string Domain, string ClientId, ProtocolLevel Level);
