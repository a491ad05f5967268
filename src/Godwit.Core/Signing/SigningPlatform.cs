namespace Godwit.Core.Signing;

/// <summary>A platform as Signer describes it: which algorithms its devices know, and the form of the signed object.</summary>
/// <param name="Encryptions">Allowed, the default first.</param>
/// <param name="Hashes">Allowed, the default first.</param>
/// <param name="Formats">Allowed, the default first.</param>
/// <param name="MaxSizeInMB">The largest image that it signs.</param>
public sealed record SigningPlatform(
    string PlatformId,
    string DisplayName,
    string Partner,
    string Target,
    IReadOnlyList<string> Encryptions,
    IReadOnlyList<string> Hashes,
    IReadOnlyList<string> Formats,
    int MaxSizeInMB)
{
    /// <summary>The category of every platform here; the model has no other.</summary>
    public const string Category = "AWSIoT";

    /// <summary>The signed object holds the image.</summary>
    public const string JsonEmbedded = "JSONEmbedded";

    /// <summary>The signed object says where the image lies.</summary>
    public const string JsonDetached = "JSONDetached";

    /// <summary>Signs payloads that come in the request, not objects.</summary>
    public bool SignsPayloads => Formats.Count == 0;

    public bool RevocationSupported => SignsPayloads;

    public long MaxBytes => MaxSizeInMB * 1024L * 1024;

    /// <summary>The platform's own choice, with what a profile overrides.</summary>
    public Result<SigningChoice> Choose(string? encryption, string? hash, string? format)
    {
        if (Refuse("overrides.signingConfiguration.encryptionAlgorithm", encryption, Encryptions) is { } encryptionWrong)
            return encryptionWrong;
        if (Refuse("overrides.signingConfiguration.hashAlgorithm", hash, Hashes) is { } hashWrong)
            return hashWrong;
        if (Refuse("overrides.signingImageFormat", format, Formats) is { } formatWrong)
            return formatWrong;
        return new SigningChoice(new CodeSigningAlgorithm(hash ?? Hashes[0], encryption ?? Encryptions[0]), format ?? Formats.FirstOrDefault());
    }

    private ServiceError? Refuse(string field, string? value, IReadOnlyList<string> allowed) => value is null || allowed.Contains(value)
        ? null
        : SigningErrors.Validation($"{field} is {value}, which platform {PlatformId} does not have. {(allowed.Count == 0 ? "Leave it out." : $"Use {string.Join(" or ", allowed)}.")}");
}

/// <summary>What a profile signs with. The format is null where the platform signs payloads.</summary>
public sealed record SigningChoice(CodeSigningAlgorithm Algorithm, string? ImageFormat);
