using System.Text.RegularExpressions;

namespace Godwit.Core.Why;

/// <summary>What else is known of the version that a device runs, beside its report that an update succeeded.</summary>
public enum VersionEvidence
{
    /// <summary>The device says that the update succeeded, and nothing else tells which version runs.</summary>
    Claimed = 0,

    /// <summary>Its own word after the self-test, or the registry since then, shows the version of the update.</summary>
    Verified = 1,

    /// <summary>One of them shows another version.</summary>
    Contradicted = 2,
}

/// <summary>Compares what an update should have brought with what is seen of it.</summary>
public static partial class RunningVersion
{
    /// <summary>Attributes of a thing in which fleets keep the version, in the order in which they count.</summary>
    public static IReadOnlyList<string> Attributes { get; } =
        ["firmwareVersion", "firmware_version", "firmware-version", "fwVersion", "fw_version", "fw-version", "softwareVersion", "software_version", "appVersion", "app_version", "version", "firmware"];

    /// <summary>The version in the last report of the FreeRTOS agents (<c>accepted  v1.2.3</c>), or null.</summary>
    public static string? OfReason(string? reason) => reason is not null && Accepted().Match(reason) is { Success: true } said ? said.Groups[1].Value : null;

    /// <summary>The version that a thing's attributes name, or null.</summary>
    public static string? OfAttributes(IReadOnlyDictionary<string, string>? attributes) =>
        attributes is null ? null : Attributes.Select(name => attributes.GetValueOrDefault(name)).FirstOrDefault(value => value is not null && IsVersion(value));

    /// <summary>What is seen of a device that claims <paramref name="claimed"/>. The newest word counts: the registry's where it changed after the claim, then the device's, then the registry's of before.</summary>
    /// <param name="attributeIsNewer">The attribute was set after the claim.</param>
    public static VersionEvidence Judge(string claimed, string? reported, string? attribute, bool attributeIsNewer)
    {
        // An update without a version is known by its id, with which nothing can be compared.
        if (!IsVersion(claimed) || ((attributeIsNewer ? attribute : null) ?? reported ?? attribute) is not { } seen)
            return VersionEvidence.Claimed;
        return IsSame(claimed, seen) ? VersionEvidence.Verified : VersionEvidence.Contradicted;
    }

    /// <summary>1.2, v1.2 and 1.2.0 are one version.</summary>
    public static bool IsSame(string one, string other) => string.Equals(Plain(one), Plain(other), StringComparison.OrdinalIgnoreCase);

    private static bool IsVersion(string text) => Form().IsMatch(text.Trim());

    private static string Plain(string version)
    {
        var text = version.Trim();
        text = text.StartsWith('v') || text.StartsWith('V') ? text[1..] : text;
        while (text.EndsWith(".0", StringComparison.Ordinal))
            text = text[..^2];
        return text;
    }

    [GeneratedRegex(@"^accepted:?\s+v?([0-9][0-9A-Za-z.+\-]*)\s*$")]
    private static partial Regex Accepted();

    [GeneratedRegex(@"^[vV]?[0-9][0-9A-Za-z.+_\-]{0,63}$")]
    private static partial Regex Form();
}
