namespace Godwit.Server.OtaUpdates;

/// <summary>How a file is signed: by a signing job that has run, by one that is started now, or by the caller.</summary>
public sealed record CodeSigning
{
    public string? AwsSignerJobId { get; init; }

    public StartSigningJobParameter? StartSigningJobParameter { get; init; }

    public CustomCodeSigning? CustomCodeSigning { get; init; }
}

/// <summary>What a new signing job is told.</summary>
public sealed record StartSigningJobParameter
{
    public SigningProfileParameter? SigningProfileParameter { get; init; }

    public string? SigningProfileName { get; init; }

    public Destination? Destination { get; init; }
}

/// <summary>The signing profile to make.</summary>
public sealed record SigningProfileParameter
{
    public string? CertificateArn { get; init; }

    public string? Platform { get; init; }

    public string? CertificatePathOnDevice { get; init; }
}

/// <summary>Where the signed object goes.</summary>
public sealed record Destination
{
    public S3Destination? S3Destination { get; init; }
}

/// <inheritdoc cref="Destination"/>
public sealed record S3Destination
{
    public string? Bucket { get; init; }

    public string? Prefix { get; init; }
}

/// <summary>A signature that the caller made.</summary>
public sealed record CustomCodeSigning
{
    public CodeSigningSignature? Signature { get; init; }

    public CodeSigningCertificateChain? CertificateChain { get; init; }

    /// <summary>Not checked against a list, as on AWS: devices find the signature under <c>sig-{hash}-{algorithm}</c>, so both must be as they know them.</summary>
    public string? HashAlgorithm { get; init; }

    /// <inheritdoc cref="HashAlgorithm"/>
    public string? SignatureAlgorithm { get; init; }
}

/// <summary>The signature: bytes that are themselves the base64 text of the DER signature.</summary>
public sealed record CodeSigningSignature
{
    public byte[]? InlineDocument { get; init; }
}

/// <summary>The certificate's path on the device, and the certificate itself, which is kept but not sent.</summary>
public sealed record CodeSigningCertificateChain
{
    public string? CertificateName { get; init; }

    public string? InlineDocument { get; init; }
}
