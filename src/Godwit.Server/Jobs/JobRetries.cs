using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>Gives an execution that has failed or timed out another try, in the transaction that ends it: a new execution number, QUEUED, outside the rollout's rate.</summary>
internal static class JobRetries
{
    /// <param name="row">The execution as it was while IN_PROGRESS or QUEUED.</param>
    /// <param name="ended">What it has ended as; its row says so already, the job's counters do not.</param>
    /// <returns>The new execution, which the caller counts and tells of; or null.</returns>
    public static OpenExecution? Requeue(WriteSession session, DeviceExecutionRow row, JobExecutionStatus ended)
    {
        if (row.RetryConfig is null || ended is not (JobExecutionStatus.Failed or JobExecutionStatus.TimedOut) || row.JobStatus != JobStatus.InProgress)
            return null;
        var used = RetryRule.Next(JobConfigs.Retries(JobJson.Read<JobExecutionsRetryConfig>(row.RetryConfig)), ended, row.Retried);
        if (used is not { } next || JobStore.Find(session, row.JobKey) is not { } job || IsStopped(session, job, row, ended))
            return null;
        var number = Insert(session, row, next, JobConfigs.QueuedDeadline(job, session.NowMs));
        session.Execute("UPDATE job_progress SET retried = retried + 1 WHERE job_key = @JobKey", new { row.JobKey });
        session.Record(new Fact(
            row.Account, Caller.Service(row.Account, row.Region).Arn, nameof(RetryRule), JobExecutionStore.Subject(row.JobId, row.ThingName, number),
            null, JobExecutionStatus.Queued.Wire(), $"{ended.Wire()}, retry {next.All}", row.ThingName, row.JobId));
        return new OpenExecution(row.JobId, number, false, session.Now, null);
    }

    /// <summary>A thing that comes to a target anew has all its retries again, also for what it is still at.</summary>
    public static void Restart(WriteSession session, JobExecutionRow row) => session.Execute(
        """
        UPDATE job_execution SET retried_failed = 0, retried_timed_out = 0
        WHERE account = @Account AND thing_name = @ThingName AND job_key = @JobKey AND execution_number = @ExecutionNumber
        """,
        new { row.Account, row.ThingName, row.JobKey, row.ExecutionNumber });

    /// <summary>The failure that stops the job starts nothing more, nor does anything after its end time, and a thing that has left a continuous job's targets tries no more.</summary>
    private static bool IsStopped(WriteSession session, JobRow job, DeviceExecutionRow row, JobExecutionStatus ended)
    {
        if (JobSchedules.Of(job).At(session.Now).Phase == SchedulePhase.Ended)
            return true;
        if (job.AbortConfig is { } abort)
        {
            var counts = JobStore.Progress(session, row.JobKey).ToCounts();
            var after = ended == JobExecutionStatus.Failed ? counts with { Failed = counts.Failed + 1 } : counts with { TimedOut = counts.TimedOut + 1 };
            if (AbortRule.FirstThatHolds(JobConfigs.Criteria(JobJson.Read<AbortConfig>(abort)), after) is not null)
                return true;
        }
        return job.TargetSelection == "CONTINUOUS" && !JobTargets.Include(session, job, row.ThingName, without: null);
    }

    private static long Insert(WriteSession session, DeviceExecutionRow row, RetriesUsed used, long? deadline) => session.First<long>(
        """
        INSERT INTO job_execution (
          account, thing_name, job_key, execution_number, status, version, queued_at_ms, last_updated_at_ms, retry_attempt, retried_failed, retried_timed_out,
          deadline_at_ms)
        SELECT @Account, @ThingName, @JobKey, 1 + MAX(e.execution_number), 0, 1, @now, @now, @attempt, @failed, @timedOut, @deadline
        FROM job_execution e WHERE e.account = @Account AND e.thing_name = @ThingName AND e.job_key = @JobKey
        RETURNING execution_number
        """,
        new { row.Account, row.ThingName, row.JobKey, now = session.NowMs, attempt = used.All, failed = used.Failed, timedOut = used.TimedOut, deadline });
}
