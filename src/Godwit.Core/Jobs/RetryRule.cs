namespace Godwit.Core.Jobs;

/// <summary>
/// How often a thing may try a job again. AWS: Jobs > Retry: two types count each for itself, <c>ALL</c> is one count for both;
/// REJECTED, CANCELED and REMOVED are never tried again.
/// </summary>
/// <param name="Failed">Retries after FAILED; with <paramref name="Shared"/> after either.</param>
/// <param name="TimedOut">Retries after TIMED_OUT.</param>
/// <param name="Shared">The failure type was <c>ALL</c>: <paramref name="Failed"/> is the one count for both.</param>
public readonly record struct RetryPolicy(int Failed, int TimedOut, bool Shared)
{
    public static RetryPolicy ForAll(int retries) => new(retries, retries, true);
}

/// <summary>Retries that a thing has used of a job since it last came to the job's targets.</summary>
public readonly record struct RetriesUsed(long Failed, long TimedOut)
{
    /// <summary>AWS: <c>retryAttempt</c>.</summary>
    public long All => Failed + TimedOut;
}

/// <summary>Does an execution that has ended get another try?</summary>
public static class RetryRule
{
    /// <summary>AWS: Jobs > Retry: the most for one thing, over all types.</summary>
    public const int RetriesMax = 10;

    /// <summary>What is used after the retry that is due now; null if none is.</summary>
    public static RetriesUsed? Next(RetryPolicy policy, JobExecutionStatus ended, RetriesUsed used)
    {
        if (used.All >= RetriesMax)
            return null;
        return ended switch
        {
            JobExecutionStatus.Failed when (policy.Shared ? used.All : used.Failed) < policy.Failed => used with { Failed = used.Failed + 1 },
            JobExecutionStatus.TimedOut when (policy.Shared ? used.All < policy.Failed : used.TimedOut < policy.TimedOut) => used with { TimedOut = used.TimedOut + 1 },
            _ => null,
        };
    }
}
