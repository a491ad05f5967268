namespace Godwit.Mqtt.Packets;

public readonly record struct UserProperty(string Name, string Value);
