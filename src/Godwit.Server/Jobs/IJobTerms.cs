namespace Godwit.Server.Jobs;

/// <summary>What CreateJob and CreateJobTemplate are asked for alike.</summary>
internal interface IJobTerms
{
    string? Document { get; }

    string? DocumentSource { get; }

    PresignedUrlConfig? PresignedUrlConfig { get; }

    IReadOnlyList<string>? DestinationPackageVersions { get; }

    JobExecutionsRolloutConfig? JobExecutionsRolloutConfig { get; }

    TimeoutConfig? TimeoutConfig { get; }

    AbortConfig? AbortConfig { get; }

    JobExecutionsRetryConfig? JobExecutionsRetryConfig { get; }
}
