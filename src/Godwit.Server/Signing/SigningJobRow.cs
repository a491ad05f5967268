using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;

namespace Godwit.Server.Signing;

/// <summary>A signing job's states.</summary>
internal static class SigningJobStatus
{
    public const string InProgress = "InProgress";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";
}

/// <summary>What is to be done next for a signing job; stored, so a name once used stays.</summary>
internal static class SigningStep
{
    public const string Sign = "Sign";
    public const string WriteObject = "WriteObject";
}

/// <summary>Which signing job.</summary>
internal readonly record struct SigningJobKey(string Account, string JobId);

/// <summary>A signing job as stored.</summary>
internal sealed record SigningJobRow
{
    public string Account { get; init; } = "";

    public string JobId { get; init; } = "";

    public string Invoker { get; init; } = "";

    public string Region { get; init; } = "";

    public string CallerArn { get; init; } = "";

    public string AccessKeyId { get; init; } = "";

    public string? ClientRequestToken { get; init; }

    public string Status { get; init; } = "";

    public string? Step { get; init; }

    public string? StatusReason { get; init; }

    public string ProfileName { get; init; } = "";

    public string ProfileVersion { get; init; } = "";

    public string PlatformId { get; init; } = "";

    public string CertificateArn { get; init; } = "";

    public string? Overrides { get; init; }

    public string? SigningParameters { get; init; }

    public string Algorithm { get; init; } = "";

    public string? ImageFormat { get; init; }

    public string? SourceBucket { get; init; }

    public string? SourceKey { get; init; }

    public string? SourceVersion { get; init; }

    public string? DestinationBucket { get; init; }

    public string? DestinationKey { get; init; }

    public string? Signature { get; init; }

    public long? RawSizeBytes { get; init; }

    public string? SignedVersion { get; init; }

    public long CreatedAtMs { get; init; }

    public long? CompletedAtMs { get; init; }

    public long? SignatureExpiresAtMs { get; init; }

    public long? RevokedAtMs { get; init; }

    public string? RevokedBy { get; init; }

    public string? RevocationReason { get; init; }

    public string Arn => $"arn:aws:signer:{Region}:{Account}:/signing-jobs/{JobId}";

    /// <summary>How the journal names it.</summary>
    public string Resource => $"signing-job/{JobId}";

    /// <summary>Whose order it is: objects are read and written in this name.</summary>
    public Caller Caller => new(Invoker, Region, CallerArn, AccessKeyId);

    public CodeSigningAlgorithm ReadAlgorithm => CodeSigningAlgorithm.Parse(Algorithm)!.Value;

    public IReadOnlyDictionary<string, string>? ReadParameters => SigningJson.Read<Dictionary<string, string>>(SigningParameters);


    public Source? Source => SourceBucket is null ? null : new Source { S3 = new S3Source { BucketName = SourceBucket, Key = SourceKey!, Version = SourceVersion! } };

    public SignedObject? SignedObject => DestinationBucket is null || Status != SigningJobStatus.Succeeded ? null : new SignedObject(new S3SignedObject(DestinationBucket, DestinationKey!));

    public SigningJobRow Failed(string reason) => this with { Status = SigningJobStatus.Failed, Step = null, StatusReason = reason };
}
