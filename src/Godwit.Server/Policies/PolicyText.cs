using System.Text.Json;
using Godwit.Core;

namespace Godwit.Server.Policies;

/// <summary>What a policy document must be before it is kept; what it means is decided where a device asks.</summary>
internal static class PolicyText
{
    /// <summary>AWS: a document has at most 2048 characters, white space not counted.</summary>
    private const int Max = 2048;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Why the document is refused, or null.</summary>
    public static ServiceError? Refuse(string document)
    {
        if (document.Count(c => !char.IsWhiteSpace(c)) is > Max and var length)
            return PolicyErrors.Malformed($"it has {length} characters without white space; at most {Max} are allowed.");
        try
        {
            using var json = JsonDocument.Parse(document, Strict);
            return RefuseRoot(json.RootElement) is { } cause ? PolicyErrors.Malformed(cause) : null;
        }
        catch (JsonException failure)
        {
            return PolicyErrors.Malformed($"it is no valid JSON (line {failure.LineNumber + 1}, byte {failure.BytePositionInLine + 1}).");
        }
    }

    private static string? RefuseRoot(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return "it must be a JSON object.";
        if (!root.TryGetProperty("Version", out var version) || version.ValueKind != JsonValueKind.String || version.GetString() is not ("2012-10-17" or "2008-10-17"))
            return "Version must be \"2012-10-17\".";
        if (!root.TryGetProperty("Statement", out var statements))
            return "Statement is missing.";
        if (statements.ValueKind == JsonValueKind.Object)
            return RefuseStatement(statements, 1);
        if (statements.ValueKind != JsonValueKind.Array || statements.GetArrayLength() == 0)
            return "Statement must be an object or a list of objects.";
        var number = 0;
        foreach (var statement in statements.EnumerateArray())
            if (RefuseStatement(statement, ++number) is { } cause)
                return cause;
        return null;
    }

    private static string? RefuseStatement(JsonElement statement, int number) =>
        statement.ValueKind != JsonValueKind.Object ? $"statement {number} must be an object."
        : !statement.TryGetProperty("Effect", out var effect) || effect.ValueKind != JsonValueKind.String || effect.GetString() is not ("Allow" or "Deny")
            ? $"Effect of statement {number} must be \"Allow\" or \"Deny\"."
        : !HasTexts(statement, "Action") && !HasTexts(statement, "NotAction") ? $"Action of statement {number} must be a text or a list of texts."
        : !HasTexts(statement, "Resource") && !HasTexts(statement, "NotResource") ? $"Resource of statement {number} must be a text or a list of texts."
        : statement.TryGetProperty("Condition", out var condition) && condition.ValueKind != JsonValueKind.Object ? $"Condition of statement {number} must be an object."
        : null;

    private static bool HasTexts(JsonElement statement, string member) =>
        statement.TryGetProperty(member, out var value) && value.ValueKind switch
        {
            JsonValueKind.String => true,
            JsonValueKind.Array => value.GetArrayLength() > 0 && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String),
            _ => false,
        };
}
