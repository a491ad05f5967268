namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>The clauses that a test shows.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public abstract class ClauseAttribute(string standard, string[] numbers) : Attribute
{
    public string Standard => standard;

    public IReadOnlyList<string> Numbers => numbers;
}
