namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>Whom a clause binds.</summary>
public enum Duty
{
    Server,
    Client,
    Both,
}
