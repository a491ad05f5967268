namespace Godwit.Core.Jobs;

/// <summary>Executions of a job by status. Each execution counts, also an older one of the same thing. AWS: jobProcessDetails.</summary>
public readonly record struct JobCounts(
    long Queued = 0, long InProgress = 0, long Succeeded = 0, long Failed = 0, long TimedOut = 0, long Rejected = 0, long Removed = 0, long Canceled = 0)
{
    public long Open => Queued + InProgress;

    /// <summary>AWS: Jobs > Abort: executions that were carried out to an end; canceled and removed ones were not.</summary>
    public long Executed => Succeeded + Failed + TimedOut + Rejected;

    public long All => Open + Executed + Removed + Canceled;
}
