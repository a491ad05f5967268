using System.Globalization;
using System.Text.RegularExpressions;
using Godwit.Core;

namespace Godwit.Server.Iam;

/// <summary>
/// The parameters of a call to IAM or STS, read with their constraints. What is wrong gathers in <see cref="Refusal"/>; an operation reads all it needs,
/// then looks there once.
/// </summary>
public sealed partial class IamForm(IReadOnlyDictionary<string, string> values)
{
    private const int TagsMax = 50;

    private readonly List<string> _violations = [];

    /// <summary>AWS's text for all constraints that were broken so far, or null.</summary>
    public ServiceError? Refusal => _violations.Count == 0 ? null : new ServiceError(
        "ValidationError", 400,
        $"{_violations.Count} validation error{(_violations.Count == 1 ? "" : "s")} detected: {string.Join("; ", _violations)}");

    public bool Has(string parameter) => values.ContainsKey(parameter);

    /// <summary>A name of a role, user or policy.</summary>
    public string Name(string parameter, int lengthMax = 64) => Required(parameter, 1, lengthMax, NamePattern(), @"[\w+=,.@-]+");

    public string Arn(string parameter = "PolicyArn") => Required(parameter, 20, 2048, null, "");

    public string Document(string parameter = "PolicyDocument") => Required(parameter, 1, 131072, DocumentPattern(), @"[\u0009\u000A\u000D\u0020-\u00FF]+");

    public string? Description(int lengthMax = 1000) =>
        Optional("Description", 0, lengthMax, DescriptionPattern(), @"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*");

    /// <summary>Begins and ends with a slash.</summary>
    public string Path(string parameter = "Path") => Optional(parameter, 1, 512, PathPattern(), @"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)") ?? "/";

    /// <summary>The beginning of the paths that a list asks for.</summary>
    public string PathPrefix() => Optional("PathPrefix", 1, 512, PathPrefixPattern(), @"\u002F[\u0021-\u007F]*") ?? "/";

    public string Required(string parameter, int lengthMin, int lengthMax, Regex? pattern, string patternText)
    {
        if (Optional(parameter, lengthMin, lengthMax, pattern, patternText) is { } value)
            return value;
        if (!Has(parameter))
            _violations.Add($"Value null at '{Member(parameter)}' failed to satisfy constraint: Member must not be null");
        return "";
    }

    public string? Optional(string parameter, int lengthMin, int lengthMax, Regex? pattern, string patternText)
    {
        if (!values.TryGetValue(parameter, out var value))
            return null;
        var before = _violations.Count;
        if (value.Length < lengthMin)
            Violate(parameter, value, $"Member must have length greater than or equal to {lengthMin}");
        if (value.Length > lengthMax)
            Violate(parameter, value, $"Member must have length less than or equal to {lengthMax}");
        if (pattern?.IsMatch(value) == false)
            Violate(parameter, value, $"Member must satisfy regular expression pattern: {patternText}");
        return _violations.Count == before ? value : "";
    }

    public int Number(string parameter, int least, int most, int otherwise)
    {
        if (!values.TryGetValue(parameter, out var text))
            return otherwise;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < least)
            Violate(parameter, text, $"Member must have value greater than or equal to {least}");
        else if (number > most)
            Violate(parameter, text, $"Member must have value less than or equal to {most}");
        return number;
    }

    public string OneOf(string parameter, params ReadOnlySpan<string> allowed)
    {
        var value = Required(parameter, 0, 128, null, "");
        if (Has(parameter) && !allowed.Contains(value))
            Violate(parameter, value, $"Member must satisfy enum value set: [{string.Join(", ", allowed)}]");
        return value;
    }

    /// <summary>Tags.member.1.Key and Tags.member.1.Value, and so on.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags()
    {
        var tags = new List<KeyValuePair<string, string>>();
        for (var i = 1; Has($"Tags.member.{i}.Key") && i <= TagsMax + 1; i++)
        {
            var key = Required($"Tags.member.{i}.Key", 1, 128, TagPattern(), @"[\p{L}\p{Z}\p{N}_.:/=+\-@]+");
            tags.Add(new(key, Required($"Tags.member.{i}.Value", 0, 256, TagPattern(), @"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")));
        }

        if (tags.Count > TagsMax)
            _violations.Add($"Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to {TagsMax}");
        return tags;
    }

    public IReadOnlyList<string> List(string parameter, int most = 50)
    {
        var items = new List<string>();
        for (var i = 1; values.TryGetValue($"{parameter}.member.{i}", out var item) && i <= most; i++)
            items.Add(item);
        return items;
    }

    private void Violate(string parameter, string value, string constraint) =>
        _violations.Add($"Value '{(value.Length > 256 ? value[..256] : value)}' at '{Member(parameter)}' failed to satisfy constraint: {constraint}");

    private static string Member(string parameter) => char.ToLowerInvariant(parameter[0]) + parameter[1..];

    [GeneratedRegex(@"\A[A-Za-z0-9_+=,.@-]+\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[\u0009\u000A\u000D\u0020-\u00FF]+\z")]
    private static partial Regex DocumentPattern();

    [GeneratedRegex(@"\A[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*\z")]
    private static partial Regex DescriptionPattern();

    [GeneratedRegex(@"\A(/|/[\u0021-\u007E]+/)\z")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"\A/[\u0021-\u007F]*\z")]
    private static partial Regex PathPrefixPattern();

    [GeneratedRegex(@"\A[\p{L}\p{Z}\p{N}_.:/=+\-@]*\z")]
    private static partial Regex TagPattern();
}
