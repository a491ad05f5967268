using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>By how much a job's counters change.</summary>
internal readonly record struct CountChange(
    long Queued, long InProgress, long Succeeded, long Failed, long TimedOut, long Rejected, long Removed, long Canceled)
{
    /// <summary>So many executions came to (or, negative, left) one status.</summary>
    public static CountChange Of(JobExecutionStatus status, long by) => status switch
    {
        JobExecutionStatus.Queued => default(CountChange) with { Queued = by },
        JobExecutionStatus.InProgress => default(CountChange) with { InProgress = by },
        JobExecutionStatus.Succeeded => default(CountChange) with { Succeeded = by },
        JobExecutionStatus.Failed => default(CountChange) with { Failed = by },
        JobExecutionStatus.TimedOut => default(CountChange) with { TimedOut = by },
        JobExecutionStatus.Rejected => default(CountChange) with { Rejected = by },
        JobExecutionStatus.Removed => default(CountChange) with { Removed = by },
        JobExecutionStatus.Canceled => default(CountChange) with { Canceled = by },
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static CountChange Move(JobExecutionStatus from, JobExecutionStatus to) => Of(from, -1) + Of(to, 1);

    public static CountChange operator +(CountChange a, CountChange b) => new(
        a.Queued + b.Queued, a.InProgress + b.InProgress, a.Succeeded + b.Succeeded, a.Failed + b.Failed,
        a.TimedOut + b.TimedOut, a.Rejected + b.Rejected, a.Removed + b.Removed, a.Canceled + b.Canceled);
}
