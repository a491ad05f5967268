using Godwit.Core.Jobs;
using Godwit.Server.Jobs.Device;

namespace Godwit.Server.Jobs;

/// <summary>An execution as the control plane shows it: times with fractions, details nested one deeper than on the data plane.</summary>
public sealed record JobExecution
{
    public required string JobId { get; init; }

    public required string Status { get; init; }

    public bool? ForceCanceled { get; init; }

    public Details? StatusDetails { get; init; }

    public required string ThingArn { get; init; }

    public DateTimeOffset QueuedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset LastUpdatedAt { get; init; }

    public long ExecutionNumber { get; init; }

    public long VersionNumber { get; init; }

    public long? ApproximateSecondsBeforeTimedOut { get; init; }

    public sealed record Details
    {
        public required IReadOnlyDictionary<string, string> DetailsMap { get; init; }
    }

    internal static JobExecution From(JobExecutionRow row, string region, DateTimeOffset now) => new()
    {
        JobId = row.JobId,
        Status = row.Status.Wire(),
        ForceCanceled = row.ForceCanceled != 0 ? true : null,
        StatusDetails = new Details { DetailsMap = StatusDetailsJson.Read(row.StatusDetails) ?? [] },
        ThingArn = Core.Arn.Iot(region, row.Account, "thing/" + row.ThingName).ToString(),
        QueuedAt = JobTime.At(row.QueuedAtMs),
        StartedAt = JobTime.At(row.StartedAtMs),
        LastUpdatedAt = JobTime.At(row.LastUpdatedAtMs),
        ExecutionNumber = row.ExecutionNumber,
        VersionNumber = row.Version,
        ApproximateSecondsBeforeTimedOut = row.Timers.SecondsLeft(now),
    };
}

/// <summary>An execution in a list.</summary>
public sealed record JobExecutionSummary
{
    public required string Status { get; init; }

    public DateTimeOffset QueuedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset LastUpdatedAt { get; init; }

    public long ExecutionNumber { get; init; }

    public long? RetryAttempt { get; init; }

    internal static JobExecutionSummary From(JobExecutionRow row) => new()
    {
        Status = row.Status.Wire(),
        QueuedAt = JobTime.At(row.QueuedAtMs),
        StartedAt = JobTime.At(row.StartedAtMs),
        LastUpdatedAt = JobTime.At(row.LastUpdatedAtMs),
        ExecutionNumber = row.ExecutionNumber,
        RetryAttempt = row.RetryAttempt,
    };
}
