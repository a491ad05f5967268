using System.Text.Json;

namespace Godwit.Core.Access;

/// <summary>What a certificate's holder may do, as written. AWS: IoT policies. <see cref="PolicyEvaluator"/> decides by it.</summary>
public sealed record IotPolicy(IReadOnlyList<PolicyStatement> Statements)
{
    /// <summary>Characters, white space not counted. AWS: IoT quotas > Policy document size.</summary>
    public const int MaxLength = 2048;

    /// <summary>Reads a policy document; a MalformedPolicyException says what is wrong and where.</summary>
    public static Result<IotPolicy> Parse(string document)
    {
        var length = PolicyReader.Length(document);
        if (length > MaxLength)
            return Malformed($"it has {length} characters without white space; at most {MaxLength} are allowed.");
        return PolicyReader.TryRead(document, PolicyForm.Iot, out var statements, out var cause) ? new IotPolicy(statements) : Malformed(cause);
    }

    private static ServiceError Malformed(string cause) => new("MalformedPolicyException", 400, $"Policy document is malformed: {cause}");
}
