using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>
/// AWS's quota of jobs that roll out or cancel at once, where quotas are to be AWS's. AWS: Jobs > Limits: a job that only waits for its devices is active and
/// not concurrent; one whose start finds the quota full is canceled, not put off.
/// </summary>
public sealed class ConcurrentJobs(ServerOptions options)
{
    /// <summary>AWS quota of an account.</summary>
    public const int Max = 1000;

    /// <summary>The reason code of a scheduled job that the quota has canceled.</summary>
    public const string FullReason = "CONCURRENT_JOB_LIMIT";

    internal bool AreFull(ReadSession session, string account) => options.FaithfulQuotas && session.First<long>(
        """
        SELECT COUNT(*) FROM (
          SELECT 1 FROM job_progress p JOIN job j ON j.job_key = p.job_key
          WHERE p.wake_at_ms IS NOT NULL AND (p.pending > 0 OR p.expanding <> 0 OR p.sweep <> 0) AND j.account = @account AND j.status IN (0, 3) LIMIT @limit) few
        """,
        new { account, limit = Max }) >= Max;
}
