using Godwit.Core.Signing;

namespace Godwit.Server.Signing;

/// <summary>A profile's states.</summary>
internal static class SigningProfileStatus
{
    public const string Active = "Active";
    public const string Canceled = "Canceled";
    public const string Revoked = "Revoked";
}

/// <summary>A signing profile as stored.</summary>
internal sealed record SigningProfileRow
{
    public string Account { get; init; } = "";

    public string ProfileName { get; init; } = "";

    public string ProfileVersion { get; init; } = "";

    public string Region { get; init; } = "";

    public string Status { get; init; } = "";

    public string PlatformId { get; init; } = "";

    public string CertificateArn { get; init; } = "";

    public string Validity { get; init; } = "";

    public string? Overrides { get; init; }

    public string? SigningParameters { get; init; }

    public string Tags { get; init; } = "{}";

    public string Permissions { get; init; } = "[]";

    public string? PermissionsRevision { get; init; }

    public long CreatedAtMs { get; init; }

    public long? RevokedAtMs { get; init; }

    public string? RevokedBy { get; init; }

    public string? RevocationReason { get; init; }

    public long? RevocationEffectiveAtMs { get; init; }

    public string Arn => $"arn:aws:signer:{Region}:{Account}:/signing-profiles/{ProfileName}";

    public string VersionArn => $"{Arn}/{ProfileVersion}";

    /// <summary>How the journal names it.</summary>
    public string Resource => $"signing-profile/{ProfileName}";

    public SigningPlatformOverrides? ReadOverrides => SigningJson.Read<SigningPlatformOverrides>(Overrides);

    public IReadOnlyDictionary<string, string>? ReadParameters => SigningJson.Read<Dictionary<string, string>>(SigningParameters);

    public Dictionary<string, string> ReadTags => SigningJson.Read<Dictionary<string, string>>(Tags)!;

    public List<ProfilePermission> ReadPermissions => SigningJson.Read<List<ProfilePermission>>(Permissions)!;

    public SignatureValidity ReadValidity => SigningJson.Read<SignatureValidity>(Validity)!;

    /// <summary>Whether it asks for the same signatures, so that either may stand for the other.</summary>
    public bool SaysTheSame(SigningProfileRow other) =>
        (PlatformId, CertificateArn, Validity, Overrides) == (other.PlatformId, other.CertificateArn, other.Validity, other.Overrides)
        && (ReadParameters ?? new Dictionary<string, string>()).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .SequenceEqual((other.ReadParameters ?? new Dictionary<string, string>()).OrderBy(pair => pair.Key, StringComparer.Ordinal));
}
