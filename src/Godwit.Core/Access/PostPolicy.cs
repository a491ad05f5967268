using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Godwit.Core.Access;

/// <summary>
/// The policy of a browser's upload by a form: until when, and what its fields may say. AWS: S3 > Browser-based uploads > POST policy.
/// </summary>
public sealed record PostPolicy(DateTimeOffset Expiration, long? BytesMin, long? BytesMax, IReadOnlyList<PostCondition> Conditions)
{
    /// <summary>Fields that no condition need speak of.</summary>
    private static readonly HashSet<string> Free = new(StringComparer.OrdinalIgnoreCase) { "policy", "x-amz-signature", "file", "AWSAccessKeyId", "signature" };

    /// <summary>Reads the field's base64 text.</summary>
    public static Result<PostPolicy> Parse(string base64)
    {
        try
        {
            using var json = JsonDocument.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(base64)), new JsonDocumentOptions { MaxDepth = 8 });
            return Read(json.RootElement);
        }
        catch (Exception problem) when (problem is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return Invalid("Invalid JSON or base64.");
        }
    }

    /// <summary>Null if the form's fields keep to the conditions, each of them spoken of by one.</summary>
    public ServiceError? Refuse(IReadOnlyDictionary<string, string> fields, DateTimeOffset now)
    {
        if (now > Expiration)
            return Denied("Policy expired.");
        foreach (var condition in Conditions)
        {
            if (!condition.Holds(fields.GetValueOrDefault(condition.Field) ?? ""))
                return Denied($"Policy Condition failed: [\"{(condition.StartsWith ? "starts-with" : "eq")}\", \"${condition.Field}\", \"{condition.Value}\"]");
        }

        var unspoken = fields.Keys.FirstOrDefault(field => !Free.Contains(field) && !field.StartsWith("x-ignore-", StringComparison.OrdinalIgnoreCase)
            && !Conditions.Any(condition => condition.Field.Equals(field, StringComparison.OrdinalIgnoreCase)));
        return unspoken is null ? null : Denied($"Extra input fields: {(unspoken.Length > 64 ? unspoken[..64] : unspoken)}");
    }

    private static Result<PostPolicy> Read(JsonElement root)
    {
        if (!DateTimeOffset.TryParse(root.GetProperty("expiration").GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expiration))
            return Invalid("Invalid 'expiration' value.");
        var conditions = new List<PostCondition>();
        long? least = null, most = null;
        foreach (var condition in root.GetProperty("conditions").EnumerateArray())
        {
            if (condition.ValueKind == JsonValueKind.Object)
            {
                conditions.AddRange(condition.EnumerateObject().Select(member => new PostCondition(member.Name, member.Value.GetString()!, StartsWith: false)));
                continue;
            }

            var operation = condition[0].GetString();
            if (operation == "content-length-range")
                (least, most) = (Number(condition[1]), Number(condition[2]));
            else if (operation is "eq" or "starts-with" && condition[1].GetString() is { Length: > 1 } field && field[0] == '$')
                conditions.Add(new PostCondition(field[1..], condition[2].GetString()!, operation == "starts-with"));
            else
                return Invalid("Invalid condition.");
        }

        return new PostPolicy(expiration, least, most, conditions);
    }

    private static long Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetInt64() : long.Parse(value.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture);

    private static ServiceError Invalid(string cause) => new("InvalidPolicyDocument", 400, $"Invalid Policy: {cause}");

    private static ServiceError Denied(string cause) => new("AccessDenied", 403, $"Invalid according to Policy: {cause}");
}

/// <summary>One condition on a field of the form.</summary>
public sealed record PostCondition(string Field, string Value, bool StartsWith)
{
    internal bool Holds(string actual) => StartsWith ? actual.StartsWith(Value, StringComparison.Ordinal) : actual == Value;
}
