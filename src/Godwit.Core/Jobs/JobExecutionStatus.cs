namespace Godwit.Core.Jobs;

/// <summary>An execution's status; from <see cref="Succeeded"/> on it is terminal. The numbers are stored; they never change their meaning.</summary>
public enum JobExecutionStatus
{
    Queued = 0,
    InProgress = 1,
    Succeeded = 2,
    Failed = 3,
    TimedOut = 4,
    Rejected = 5,
    Removed = 6,
    Canceled = 7,
}

/// <summary>AWS's names of <see cref="JobExecutionStatus"/>.</summary>
public static class JobExecutionStatuses
{
    public static bool IsTerminal(this JobExecutionStatus status) => status >= JobExecutionStatus.Succeeded;

    public static string Wire(this JobExecutionStatus status) => status switch
    {
        JobExecutionStatus.Queued => "QUEUED",
        JobExecutionStatus.InProgress => "IN_PROGRESS",
        JobExecutionStatus.Succeeded => "SUCCEEDED",
        JobExecutionStatus.Failed => "FAILED",
        JobExecutionStatus.TimedOut => "TIMED_OUT",
        JobExecutionStatus.Rejected => "REJECTED",
        JobExecutionStatus.Removed => "REMOVED",
        JobExecutionStatus.Canceled => "CANCELED",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static JobExecutionStatus? Parse(string? wire) => wire switch
    {
        "QUEUED" => JobExecutionStatus.Queued,
        "IN_PROGRESS" => JobExecutionStatus.InProgress,
        "SUCCEEDED" => JobExecutionStatus.Succeeded,
        "FAILED" => JobExecutionStatus.Failed,
        "TIMED_OUT" => JobExecutionStatus.TimedOut,
        "REJECTED" => JobExecutionStatus.Rejected,
        "REMOVED" => JobExecutionStatus.Removed,
        "CANCELED" => JobExecutionStatus.Canceled,
        _ => null,
    };
}
