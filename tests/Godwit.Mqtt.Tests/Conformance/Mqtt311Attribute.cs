namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>The test shows these clauses of OASIS MQTT 3.1.1.</summary>
public sealed class Mqtt311Attribute(params string[] numbers) : ClauseAttribute("3.1.1", numbers);
