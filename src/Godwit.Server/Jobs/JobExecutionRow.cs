using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>A row of <c>job_execution</c>.</summary>
internal record JobExecutionRow
{
    /// <summary>The columns this record is filled from, of the table under the name <c>e</c>.</summary>
    public const string Columns =
        """
        e.account, e.thing_name, e.job_key, e.execution_number, e.status, e.version, e.queued_at_ms, e.started_at_ms, e.last_updated_at_ms,
        e.in_progress_deadline_at_ms, e.step_deadline_at_ms, e.deadline_at_ms, e.force_canceled, e.retry_attempt, e.status_details,
        e.retried_failed, e.retried_timed_out
        """;

    public string Account { get; init; } = "";

    public string ThingName { get; init; } = "";

    public long JobKey { get; init; }

    /// <summary>Filled where the query joins <c>job</c>.</summary>
    public string JobId { get; init; } = "";

    public long ExecutionNumber { get; init; }

    public JobExecutionStatus Status { get; init; }

    public long Version { get; init; }

    public long QueuedAtMs { get; init; }

    public long? StartedAtMs { get; init; }

    public long LastUpdatedAtMs { get; init; }

    public long? InProgressDeadlineAtMs { get; init; }

    public long? StepDeadlineAtMs { get; init; }

    public long? DeadlineAtMs { get; init; }

    public long ForceCanceled { get; init; }

    public long RetryAttempt { get; init; }

    public long RetriedFailed { get; init; }

    public long RetriedTimedOut { get; init; }

    /// <summary>A JSON object of texts, or null where nothing was reported.</summary>
    public string? StatusDetails { get; init; }

    public ExecutionTimers Timers => new(JobTime.At(InProgressDeadlineAtMs), JobTime.At(StepDeadlineAtMs));

    public RetriesUsed Retried => new(RetriedFailed, RetriedTimedOut);

    public ExecutionState ToState() => new(Status, Version, JobTime.At(StartedAtMs), Timers);

    public OpenExecution ToOpen() => new(JobId, ExecutionNumber, Status == JobExecutionStatus.InProgress, JobTime.At(QueuedAtMs), JobTime.At(StartedAtMs));

    /// <summary>The row as it is after the change.</summary>
    public JobExecutionRow With(ExecutionState next, string? details, long nowMs) => this with
    {
        Status = next.Status,
        Version = next.Version,
        StartedAtMs = next.StartedAt?.ToUnixTimeMilliseconds(),
        LastUpdatedAtMs = nowMs,
        InProgressDeadlineAtMs = next.Timers.InProgress?.ToUnixTimeMilliseconds(),
        StepDeadlineAtMs = next.Timers.Step?.ToUnixTimeMilliseconds(),
        DeadlineAtMs = next.Timers.Due?.ToUnixTimeMilliseconds(),
        StatusDetails = details,
    };
}
