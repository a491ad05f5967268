using Godwit.Core.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>A job as DescribeJob shows it.</summary>
public sealed record Job
{
    public required string JobArn { get; init; }

    public required string JobId { get; init; }

    public required string TargetSelection { get; init; }

    public required string Status { get; init; }

    public bool? ForceCanceled { get; init; }

    public string? ReasonCode { get; init; }

    public string? Comment { get; init; }

    public required IReadOnlyList<string> Targets { get; init; }

    public string? Description { get; init; }

    public PresignedUrlConfig? PresignedUrlConfig { get; init; }

    public JobExecutionsRolloutConfig? JobExecutionsRolloutConfig { get; init; }

    public AbortConfig? AbortConfig { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset LastUpdatedAt { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    public required JobProcessDetails JobProcessDetails { get; init; }

    public TimeoutConfig? TimeoutConfig { get; init; }

    public string? NamespaceId { get; init; }

    public string? JobTemplateArn { get; init; }

    public JobExecutionsRetryConfig? JobExecutionsRetryConfig { get; init; }

    public IReadOnlyDictionary<string, string>? DocumentParameters { get; init; }

    public bool? IsConcurrent { get; init; }

    public SchedulingConfig? SchedulingConfig { get; init; }

    /// <summary>The next windows, at most seven.</summary>
    public IReadOnlyList<ScheduledJobRollout>? ScheduledJobRollouts { get; init; }

    public IReadOnlyList<string>? DestinationPackageVersions { get; init; }

    internal static Job From(ReadSession session, JobRow row, DateTimeOffset now)
    {
        var progress = JobStore.Progress(session, row.JobKey);
        return new Job
        {
            JobArn = row.Arn,
            JobId = row.JobId,
            TargetSelection = row.TargetSelection,
            Status = row.Status.Wire(),
            ForceCanceled = row.ForceCanceled != 0 ? true : null,
            ReasonCode = row.ReasonCode,
            Comment = row.Comment,
            Targets = JobTargets.Of(session, row.JobKey),
            Description = row.Description,
            PresignedUrlConfig = JobJson.Read<PresignedUrlConfig>(row.PresignedUrlConfig) ?? new PresignedUrlConfig(),
            JobExecutionsRolloutConfig = JobJson.Read<JobExecutionsRolloutConfig>(row.RolloutConfig),
            AbortConfig = JobJson.Read<AbortConfig>(row.AbortConfig),
            CreatedAt = JobTime.At(row.CreatedAtMs),
            LastUpdatedAt = JobTime.At(row.LastUpdatedAtMs),
            CompletedAt = JobTime.At(row.CompletedAtMs),
            JobProcessDetails = JobProcessDetails.From(session, progress),
            TimeoutConfig = JobJson.Read<TimeoutConfig>(row.TimeoutConfig),
            NamespaceId = row.NamespaceId,
            JobTemplateArn = row.JobTemplateArn,
            JobExecutionsRetryConfig = JobJson.Read<JobExecutionsRetryConfig>(row.RetryConfig),
            DocumentParameters = JobJson.Read<Dictionary<string, string>>(row.DocumentParameters),
            IsConcurrent = Concurrent(row.Status, progress),
            SchedulingConfig = JobJson.Read<SchedulingConfig>(row.SchedulingConfig),
            ScheduledJobRollouts = JobSchedules.Shown(row, now),
            DestinationPackageVersions = JobJson.Read<List<string>>(row.DestinationPackageVersions),
        };
    }

    /// <summary>AWS: Jobs > limits: concurrent while it rolls out or cancels, not while it only waits for devices.</summary>
    internal static bool Concurrent(JobStatus status, JobProgressRow progress) =>
        (status == JobStatus.InProgress && (progress.Pending > 0 || progress.Expanding != 0)) || progress.Sweep != 0;
}

/// <summary>Executions of a job by status; each execution counts, also older ones of the same thing.</summary>
public sealed record JobProcessDetails
{
    /// <summary>Targets that are still being resolved.</summary>
    public IReadOnlyList<string>? ProcessingTargets { get; init; }

    public long NumberOfCanceledThings { get; init; }

    public long NumberOfSucceededThings { get; init; }

    public long NumberOfFailedThings { get; init; }

    public long NumberOfRejectedThings { get; init; }

    public long NumberOfQueuedThings { get; init; }

    public long NumberOfInProgressThings { get; init; }

    public long NumberOfRemovedThings { get; init; }

    public long NumberOfTimedOutThings { get; init; }

    internal static JobProcessDetails From(ReadSession session, JobProgressRow progress)
    {
        var unresolved = progress.Expanding != 0 ? JobTargets.Unresolved(session, progress.JobKey) : [];
        return new JobProcessDetails
        {
            ProcessingTargets = unresolved.Count > 0 ? unresolved : null,
            NumberOfCanceledThings = progress.Canceled,
            NumberOfSucceededThings = progress.Succeeded,
            NumberOfFailedThings = progress.Failed,
            NumberOfRejectedThings = progress.Rejected,
            NumberOfQueuedThings = progress.Queued,
            NumberOfInProgressThings = progress.InProgress,
            NumberOfRemovedThings = progress.Removed,
            NumberOfTimedOutThings = progress.TimedOut,
        };
    }
}
