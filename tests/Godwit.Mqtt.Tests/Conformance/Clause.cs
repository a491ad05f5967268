namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>One normative statement of a standard, in our words.</summary>
/// <param name="Number">As the standard has it, without <c>MQTT-</c>.</param>
/// <param name="Duty">Whom it binds. What binds a server has a test.</param>
/// <param name="Asks">What it asks for.</param>
/// <param name="Aws">What the profile <c>aws</c> does instead, with the setting that decides; null where it follows.</param>
public sealed record Clause(string Number, Duty Duty, string Asks, string? Aws = null)
{
    /// <summary>False where what it is about does not occur with this server, as it says.</summary>
    public bool Applies { get; init; } = true;

    /// <summary>It is for this server to keep to, and therefore tested.</summary>
    public bool IsOurs => Duty != Duty.Client && Applies;

    /// <summary>A test of another project that shows it: its file under <c>tests/</c>, a colon, the method.</summary>
    public string? Elsewhere { get; init; }
}
