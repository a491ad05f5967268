using System.Text.Json;

namespace Godwit.Core.Access;

/// <summary>Which members a policy document may have: IoT's own, IAM's for identities, those that say who may assume a role, those of a bucket.</summary>
internal enum PolicyForm
{
    Iot,
    Identity,
    Trust,
    Resource,
}

/// <summary>Reads the policy language into statements. AWS: IAM > JSON policy element reference; IoT policies have a part of it.</summary>
internal static class PolicyReader
{
    private const string FirstVersion = "2008-10-17";

    private static readonly List<string> Everything = ["*"];

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Characters as AWS counts them: white space is free.</summary>
    public static int Length(string document) => document.Count(c => !char.IsWhiteSpace(c));

    /// <param name="cause">Ends a sentence that begins with the document.</param>
    public static bool TryRead(string document, PolicyForm form, out List<PolicyStatement> statements, out string cause)
    {
        (statements, cause) = ([], "");
        try
        {
            using var json = JsonDocument.Parse(document, Strict);
            statements = Read(json.RootElement, form);
            return true;
        }
        catch (JsonException problem)
        {
            cause = $"it is no valid JSON (line {problem.LineNumber + 1}, byte {problem.BytePositionInLine + 1}).";
        }
        catch (PolicyFormatException problem)
        {
            cause = problem.Message;
        }
        catch (InvalidOperationException)
        {
            cause = "a text in it holds half of a surrogate pair.";
        }

        return false;
    }

    private static List<PolicyStatement> Read(JsonElement root, PolicyForm form)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new PolicyFormatException("it must be a JSON object.");
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name is not ("Version" or "Id" or "Statement"))
                throw new PolicyFormatException($"it has an unknown member '{Shown(member.Name)}'.");
        }

        var language = LanguageOf(root, form);
        if (!root.TryGetProperty("Statement", out var statements))
            throw new PolicyFormatException("Statement is missing.");
        var hasVariables = language != FirstVersion;
        return statements.ValueKind switch
        {
            JsonValueKind.Object => [ReadStatement(statements, 1, hasVariables, form)],
            JsonValueKind.Array when statements.GetArrayLength() > 0 =>
                [.. statements.EnumerateArray().Select((statement, index) => ReadStatement(statement, index + 1, hasVariables, form))],
            _ => throw new PolicyFormatException("Statement must be an object or a list of objects."),
        };
    }

    private static PolicyStatement ReadStatement(JsonElement statement, int number, bool hasVariables, PolicyForm form)
    {
        if (statement.ValueKind != JsonValueKind.Object)
            throw new PolicyFormatException($"statement {number} must be an object.");
        foreach (var member in statement.EnumerateObject())
        {
            if (!Knows(form, member.Name))
                throw new PolicyFormatException($"statement {number} has an unknown member '{Shown(member.Name)}'.");
        }

        if (!statement.TryGetProperty("Effect", out var effect) || effect.ValueKind != JsonValueKind.String || effect.GetString() is not ("Allow" or "Deny"))
            throw new PolicyFormatException($"Effect of statement {number} must be \"Allow\" or \"Deny\".");
        var (actions, notActions) = OneOf(statement, "Action", "NotAction", number);
        var (resources, notResources) = form == PolicyForm.Trust ? (Everything, false) : OneOf(statement, "Resource", "NotResource", number);
        return new PolicyStatement(
            effect.GetString() == "Allow",
            actions,
            notActions,
            [.. resources.Select(text => new PolicyTemplate(text, hasVariables))],
            notResources,
            statement.TryGetProperty("Condition", out var condition) ? ReadConditions(condition, number, hasVariables) : [])
        {
            Principals = form is PolicyForm.Trust or PolicyForm.Resource ? ReadPrincipals(statement, number) : null,
        };
    }

    private static string? LanguageOf(JsonElement root, PolicyForm form)
    {
        // AWS: IAM takes a document without Version for one of the first language; IoT wants it named.
        if (!root.TryGetProperty("Version", out var version) && form != PolicyForm.Iot)
            return FirstVersion;
        return version.ValueKind == JsonValueKind.String && version.GetString() is "2012-10-17" or FirstVersion
            ? version.GetString()
            : throw new PolicyFormatException("Version must be \"2012-10-17\".");
    }

    private static bool Knows(PolicyForm form, string member) => member switch
    {
        "Sid" or "Effect" or "Action" or "NotAction" or "Condition" => true,
        "Resource" or "NotResource" => form != PolicyForm.Trust,
        "Principal" or "NotPrincipal" => form is PolicyForm.Trust or PolicyForm.Resource,
        _ => false,
    };

    private static PolicyPrincipals ReadPrincipals(JsonElement statement, int number)
    {
        var negated = !statement.TryGetProperty("Principal", out var principal);
        if (negated && !statement.TryGetProperty("NotPrincipal", out principal))
            throw new PolicyFormatException($"statement {number} must have a Principal.");
        if (principal.ValueKind == JsonValueKind.String && principal.GetString() == "*")
            return new PolicyPrincipals(negated, [new("AWS", "*")]);
        if (principal.ValueKind != JsonValueKind.Object)
            throw new PolicyFormatException($"Principal of statement {number} must be \"*\" or an object such as {{\"Service\": \"iot.amazonaws.com\"}}.");
        var named = new List<NamedPrincipal>();
        foreach (var kind in principal.EnumerateObject())
        {
            if (kind.Name is not ("AWS" or "Service" or "Federated" or "CanonicalUser"))
                throw new PolicyFormatException($"Principal of statement {number} has an unknown kind '{Shown(kind.Name)}'.");
            named.AddRange(Texts(kind.Value, $"Principal of statement {number}").Select(text => new NamedPrincipal(kind.Name, text)));
        }

        return named.Count > 0 ? new PolicyPrincipals(negated, named) : throw new PolicyFormatException($"Principal of statement {number} must not be empty.");
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

    /// <summary>Carries the cause out of the reader; it never leaves <see cref="TryRead"/>.</summary>
    private sealed class PolicyFormatException(string message) : Exception(message);
}
