namespace Godwit.Server.Jobs;

/// <summary>Bounds of jobs: AWS's quotas, and how much one transaction takes so that devices' writes wait under 50 ms.</summary>
internal static class JobLimits
{
    /// <summary>AWS quota: targets of a job.</summary>
    public const int TargetsMax = 100;

    /// <summary>AWS quota: placeholders in a document.</summary>
    public const int PlaceholdersMax = 10;

    /// <summary>AWS quota: jobs in DELETION_IN_PROGRESS.</summary>
    public const int DeletionsMax = 10;

    /// <summary>AWS: characters of a document, also of one fetched from documentSource.</summary>
    public const int DocumentMax = 32768;

    /// <summary>AWS: default and maximum of presignedUrlConfig.expiresInSec.</summary>
    public const int PresignSecondsDefault = 3600;

    /// <summary>AWS: executions that GetPendingJobExecutions and notify list of each status.</summary>
    public const int ListedMax = 10;

    /// <summary>Things that one transaction resolves from a group.</summary>
    public const int ExpandChunk = 5000;

    /// <summary>Executions that one transaction starts, cancels or deletes; each has its journal record.</summary>
    public const int ExecutionChunk = 250;
}
