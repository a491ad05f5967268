namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>The test shows these clauses of OASIS MQTT 5.0.</summary>
public sealed class Mqtt5Attribute(params string[] numbers) : ClauseAttribute("5.0", numbers);
