using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>Whose session it is. It belongs to one protocol level: a client that changes it does not find the other one.</summary>
public readonly record struct SessionKey(string Domain, string ClientId, ProtocolLevel Level);
