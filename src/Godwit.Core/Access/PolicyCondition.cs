using System.Globalization;
using System.Net;

namespace Godwit.Core.Access;

/// <summary>
/// One line of a statement's Condition: an operator, a key of the context and the values it is compared with. AWS: IAM > Condition operators.
/// </summary>
/// <param name="Operator">Without its set prefix and its IfExists suffix.</param>
public sealed record PolicyCondition(string Operator, PolicyConditionSet Set, bool IfExists, string Key, IReadOnlyList<PolicyTemplate> Values)
{
    private static readonly string[] Operators =
    [
        "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
        "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
        "DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
        "Bool", "IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null",
    ];

    private bool IsNegated => Operator.Contains("Not", StringComparison.Ordinal);

    /// <summary>Reads an operator as a policy writes it, for example <c>ForAnyValue:StringLikeIfExists</c>; null if there is none of this name.</summary>
    public static PolicyCondition? Create(string written, string key, IReadOnlyList<PolicyTemplate> values)
    {
        var (set, rest) = written.Split(':', 2) switch
        {
            ["ForAllValues", var name] => (PolicyConditionSet.All, name),
            ["ForAnyValue", var name] => (PolicyConditionSet.Any, name),
            _ => (PolicyConditionSet.One, written),
        };
        var ifExists = rest.EndsWith("IfExists", StringComparison.Ordinal);
        var found = Array.IndexOf(Operators, ifExists ? rest[..^"IfExists".Length] : rest);
        return found < 0 || (Operators[found] == "Null" && (ifExists || set != PolicyConditionSet.One))
            ? null
            : new PolicyCondition(Operators[found], set, ifExists, key, values);
    }

    /// <param name="inDeny">Whether it guards a Deny: there a comparison that cannot be made must not open what is closed.</param>
    public bool Holds(PolicyContext context, bool inDeny)
    {
        var actual = context.Find(Key);
        if (Operator == "Null")
            return Values.Any(value => value.Text.Equals(actual is null ? "true" : "false", StringComparison.OrdinalIgnoreCase));
        if (actual is null)
            return IfExists || Set == PolicyConditionSet.All || (IsNegated && Set == PolicyConditionSet.One);
        return Set switch
        {
            PolicyConditionSet.All => actual.All(one => Compares(one, context, inDeny)),
            _ => actual.Any(one => Compares(one, context, inDeny)),
        };
    }

    private bool Compares(string actual, PolicyContext context, bool inDeny)
    {
        var matched = false;
        foreach (var value in Values)
        {
            if (value.ResolveLiteral(context) is not { } literal)
            {
                if (IsNegated)
                    return inDeny;
                continue;
            }

            matched |= Matches(actual, value, literal, context);
        }

        return matched != IsNegated;
    }

    /// <summary>The comparison itself; the negated operators are turned round by their caller.</summary>
    private bool Matches(string actual, PolicyTemplate template, string value, PolicyContext context) => Operator switch
    {
        "StringEquals" or "StringNotEquals" => actual == value,
        "StringEqualsIgnoreCase" or "StringNotEqualsIgnoreCase" => actual.Equals(value, StringComparison.OrdinalIgnoreCase),
        "StringLike" or "StringNotLike" => template.Resolve(context)!.Value.IsMatch(actual),
        "ArnEquals" or "ArnLike" or "ArnNotEquals" or "ArnNotLike" => MatchesArn(actual, value),
        "Bool" => actual.Equals(value, StringComparison.OrdinalIgnoreCase),
        "IpAddress" or "NotIpAddress" => MatchesIp(actual, value),
        _ when Operator.StartsWith("Numeric", StringComparison.Ordinal) => Ordered(Number(actual), Number(value)),
        _ => Ordered(Date(actual), Date(value)),
    };

    private bool Ordered<T>(T? actual, T? value)
        where T : struct, IComparable<T>
    {
        if (actual is not { } a || value is not { } b)
            return false;
        var order = a.CompareTo(b);
        return Operator[(Operator.StartsWith("Date", StringComparison.Ordinal) ? 4 : 7)..] switch
        {
            "Equals" or "NotEquals" => order == 0,
            "LessThan" => order < 0,
            "LessThanEquals" => order <= 0,
            "GreaterThan" => order > 0,
            _ => order >= 0,
        };
    }

    /// <summary>Each of the six parts of an ARN by itself: a star in one does not reach into the next.</summary>
    private static bool MatchesArn(string actual, string pattern)
    {
        var (parts, patterns) = (actual.Split(':', 6), pattern.Split(':', 6));
        if (patterns.Length != parts.Length)
            return false;
        for (var i = 0; i < parts.Length; i++)
        {
            if (!PolicyGlob.Of(patterns[i]).IsMatch(parts[i]))
                return false;
        }

        return true;
    }

    private static bool MatchesIp(string actual, string value)
    {
        if (!IPAddress.TryParse(actual, out var address))
            return false;
        if (IPNetwork.TryParse(value, out var network))
            return network.Contains(address);
        return IPAddress.TryParse(value, out var single) && single.Equals(address);
    }

    private static decimal? Number(string text) => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DateTimeOffset? Date(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253402300800 ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date
        : null;
}

/// <summary>How a key with several values is compared: one of them, all of them, any of them.</summary>
public enum PolicyConditionSet
{
    One,
    All,
    Any,
}
