namespace Godwit.Core.Jobs;

/// <summary>A job's status. The numbers are stored; they never change their meaning.</summary>
public enum JobStatus
{
    InProgress = 0,
    Scheduled = 1,
    Completed = 2,
    Canceled = 3,
    DeletionInProgress = 4,
}

/// <summary>AWS's names of <see cref="JobStatus"/>.</summary>
public static class JobStatuses
{
    public static string Wire(this JobStatus status) => status switch
    {
        JobStatus.InProgress => "IN_PROGRESS",
        JobStatus.Scheduled => "SCHEDULED",
        JobStatus.Completed => "COMPLETED",
        JobStatus.Canceled => "CANCELED",
        JobStatus.DeletionInProgress => "DELETION_IN_PROGRESS",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static JobStatus? Parse(string? wire) => wire switch
    {
        "IN_PROGRESS" => JobStatus.InProgress,
        "SCHEDULED" => JobStatus.Scheduled,
        "COMPLETED" => JobStatus.Completed,
        "CANCELED" => JobStatus.Canceled,
        "DELETION_IN_PROGRESS" => JobStatus.DeletionInProgress,
        _ => null,
    };
}
