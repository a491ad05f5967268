using System.Text.Json;

namespace Godwit.Core.Access;

/// <summary>What a certificate's holder may do, as written. AWS: IoT policies. <see cref="PolicyEvaluator"/> decides by it.</summary>
public sealed record IotPolicy(IReadOnlyList<PolicyStatement> Statements)
{
    /// <summary>Characters, white space not counted. AWS: IoT quotas > Policy document size.</summary>
    public const int MaxLength = 2048;

    private const string FirstVersion = "2008-10-17";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Reads a policy document; a MalformedPolicyException says what is wrong and where.</summary>
    public static Result<IotPolicy> Parse(string document)
    {
        var length = document.Count(c => !char.IsWhiteSpace(c));
        if (length > MaxLength)
            return Malformed($"it has {length} characters without white space; at most {MaxLength} are allowed.");
        try
        {
            using var json = JsonDocument.Parse(document, Strict);
            return new IotPolicy(Read(json.RootElement));
        }
        catch (JsonException problem)
        {
            return Malformed($"it is no valid JSON (line {problem.LineNumber + 1}, byte {problem.BytePositionInLine + 1}).");
        }
        catch (PolicyFormatException problem)
        {
            return Malformed(problem.Message);
        }
        catch (InvalidOperationException)
        {
            return Malformed("a text in it holds half of a surrogate pair.");
        }
    }

    private static ServiceError Malformed(string cause) => new("MalformedPolicyException", 400, $"Policy document is malformed: {cause}");

    private static List<PolicyStatement> Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new PolicyFormatException("it must be a JSON object.");
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name is not ("Version" or "Id" or "Statement"))
                throw new PolicyFormatException($"it has an unknown member '{Shown(member.Name)}'.");
        }

        if (!root.TryGetProperty("Version", out var version) || version.ValueKind != JsonValueKind.String || version.GetString() is not ("2012-10-17" or FirstVersion))
            throw new PolicyFormatException("Version must be \"2012-10-17\".");
        if (!root.TryGetProperty("Statement", out var statements))
            throw new PolicyFormatException("Statement is missing.");
        var hasVariables = version.GetString() != FirstVersion;
        return statements.ValueKind switch
        {
            JsonValueKind.Object => [ReadStatement(statements, 1, hasVariables)],
            JsonValueKind.Array when statements.GetArrayLength() > 0 =>
                [.. statements.EnumerateArray().Select((statement, index) => ReadStatement(statement, index + 1, hasVariables))],
            _ => throw new PolicyFormatException("Statement must be an object or a list of objects."),
        };
    }

    private static PolicyStatement ReadStatement(JsonElement statement, int number, bool hasVariables)
    {
        if (statement.ValueKind != JsonValueKind.Object)
            throw new PolicyFormatException($"statement {number} must be an object.");
        foreach (var member in statement.EnumerateObject())
        {
            if (member.Name is not ("Sid" or "Effect" or "Action" or "NotAction" or "Resource" or "NotResource" or "Condition"))
                throw new PolicyFormatException($"statement {number} has an unknown member '{Shown(member.Name)}'.");
        }

        if (!statement.TryGetProperty("Effect", out var effect) || effect.ValueKind != JsonValueKind.String || effect.GetString() is not ("Allow" or "Deny"))
            throw new PolicyFormatException($"Effect of statement {number} must be \"Allow\" or \"Deny\".");
        var (actions, notActions) = OneOf(statement, "Action", "NotAction", number);
        var (resources, notResources) = OneOf(statement, "Resource", "NotResource", number);
        return new PolicyStatement(
            effect.GetString() == "Allow",
            actions,
            notActions,
            [.. resources.Select(text => new PolicyTemplate(text, hasVariables))],
            notResources,
            statement.TryGetProperty("Condition", out var condition) ? ReadConditions(condition, number, hasVariables) : []);
    }

    private static (List<string> Texts, bool Negated) OneOf(JsonElement statement, string member, string negated, int number)
    {
        var has = statement.TryGetProperty(member, out var value);
        var hasNegated = statement.TryGetProperty(negated, out var negatedValue);
        if (has == hasNegated)
            throw new PolicyFormatException($"statement {number} must have either {member} or {negated}.");
        return (Texts(has ? value : negatedValue, $"{(has ? member : negated)} of statement {number}"), hasNegated);
    }

    private static List<PolicyCondition> ReadConditions(JsonElement conditions, int number, bool hasVariables)
    {
        if (conditions.ValueKind != JsonValueKind.Object)
            throw new PolicyFormatException($"Condition of statement {number} must be an object.");
        var read = new List<PolicyCondition>();
        foreach (var operation in conditions.EnumerateObject())
        {
            if (operation.Value.ValueKind != JsonValueKind.Object)
                throw new PolicyFormatException($"Condition {Shown(operation.Name)} of statement {number} must be an object.");
            foreach (var key in operation.Value.EnumerateObject())
            {
                var values = Texts(key.Value, $"Condition {Shown(operation.Name)} of statement {number}").Select(text => new PolicyTemplate(text, hasVariables));
                read.Add(PolicyCondition.Create(operation.Name, key.Name, [.. values])
                    ?? throw new PolicyFormatException($"Condition of statement {number} has an unknown operator '{Shown(operation.Name)}'."));
            }
        }

        return read;
    }

    private static List<string> Texts(JsonElement value, string where)
    {
        var items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
        var texts = new List<string>(items.Count);
        foreach (var item in items)
        {
            texts.Add(item.ValueKind switch
            {
                JsonValueKind.String => item.GetString()!,
                // Conditions are often written with bare numbers and booleans.
                JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number when where.StartsWith("Condition", StringComparison.Ordinal) => item.GetRawText(),
                _ => throw new PolicyFormatException($"{where} must be a text or a list of texts."),
            });
            if (texts[^1].AsSpan().IndexOfAny(PolicyGlob.Any, PolicyGlob.One) >= 0)
                throw new PolicyFormatException($"{where} holds U+FFFE or U+FFFF, which are no characters.");
        }

        return texts.Count > 0 ? texts : throw new PolicyFormatException($"{where} must not be an empty list.");
    }

    private static string Shown(string name) => name.Length > 64 ? name[..64] : name;

    /// <summary>Carries the cause out of the reader; it never leaves <see cref="Parse"/>.</summary>
    private sealed class PolicyFormatException(string message) : Exception(message);
}
