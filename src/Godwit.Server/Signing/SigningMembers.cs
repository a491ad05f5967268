namespace Godwit.Server.Signing;

/// <summary>Which certificate signs, by its ACM ARN.</summary>
public sealed record SigningMaterial
{
    public required string CertificateArn { get; init; }
}

/// <summary>What a profile has in place of its platform's own choice.</summary>
public sealed record SigningPlatformOverrides
{
    public SigningConfigurationOverrides? SigningConfiguration { get; init; }

    public string? SigningImageFormat { get; init; }
}

/// <inheritdoc cref="SigningPlatformOverrides"/>
public sealed record SigningConfigurationOverrides
{
    public string? EncryptionAlgorithm { get; init; }

    public string? HashAlgorithm { get; init; }
}

/// <summary>How long signatures are good.</summary>
public sealed record SignatureValidityPeriod
{
    public int? Value { get; init; }

    public string? Type { get; init; }
}

/// <summary>The image to sign.</summary>
public sealed record Source
{
    public S3Source? S3 { get; init; }
}

/// <inheritdoc cref="Source"/>
public sealed record S3Source
{
    public required string BucketName { get; init; }

    public required string Key { get; init; }

    /// <summary><c>null</c>, as a word, for an object of a bucket that is not versioned.</summary>
    public required string Version { get; init; }
}

/// <summary>Where the signed object goes: its key is the prefix and, right behind it, the job's id.</summary>
public sealed record Destination
{
    public S3Destination? S3 { get; init; }
}

/// <inheritdoc cref="Destination"/>
public sealed record S3Destination
{
    public string? BucketName { get; init; }

    public string? Prefix { get; init; }
}

/// <summary>The object that a job wrote.</summary>
public sealed record SignedObject(S3SignedObject S3);

/// <inheritdoc cref="SignedObject"/>
public sealed record S3SignedObject(string BucketName, string Key);
