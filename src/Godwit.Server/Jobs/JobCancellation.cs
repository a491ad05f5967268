using Godwit.Core.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>What a sweep of the runner does with the executions of a job.</summary>
internal enum JobSweep
{
    None = 0,
    CancelQueued = 1,
    CancelAll = 2,
    Delete = 3,

    /// <summary>The rollout has stopped: things that it has not reached are forgotten, executions stay.</summary>
    DropPending = 4,
}

/// <summary>Turns a job to CANCELED and asks the runner to cancel its executions.</summary>
internal static class JobCancellation
{
    /// <summary>An agent's buffer holds 4 KiB, and a comment may have half of that.</summary>
    private const int WordsMax = 256;

    /// <summary>The reason code of a job that an abort criterion has stopped.</summary>
    public const string AbortedReason = "JOB_ABORTED";

    /// <summary>What a device that comes too late is told: why its job was canceled, in the words of whoever did it. Empty where nobody said.</summary>
    public static string Words(ReadSession session, JobExecutionRow execution) =>
        execution.Status == JobExecutionStatus.Canceled && JobStore.Find(session, execution.JobKey) is { } job && (job.ReasonCode ?? job.Comment) is not null
            ? $" The job was canceled: {Short(string.Join(", ", new[] { job.ReasonCode, job.Comment }.OfType<string>()))}"
            : "";

    private static string Short(string words) => words.Length > WordsMax ? words[..WordsMax] + "…" : words;

    /// <param name="force">Executions that are IN_PROGRESS too.</param>
    public static void Begin(WriteSession session, JobRow job, string? reasonCode, string? comment, bool force)
    {
        session.Execute(
            """
            UPDATE job SET status = @status, reason_code = COALESCE(@reasonCode, reason_code), comment = COALESCE(@comment, comment),
              force_canceled = @forced, last_updated_at_ms = @now, completed_at_ms = COALESCE(completed_at_ms, @now)
            WHERE job_key = @JobKey
            """,
            new { job.JobKey, status = (long)JobStatus.Canceled, reasonCode, comment, forced = force ? 1 : job.ForceCanceled, now = session.NowMs });
        session.Execute(
            """
            UPDATE job_progress SET sweep = @sweep, swept_to = '', expanding = 0, spared = spared + pending, pending = 0, wake_at_ms = @now, version = version + 1
            WHERE job_key = @JobKey
            """,
            new { job.JobKey, sweep = (long)(force ? JobSweep.CancelAll : JobSweep.CancelQueued), now = session.NowMs });
    }
}
