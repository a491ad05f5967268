using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>The rows of jobs. Counters change by <see cref="Count"/> only, in the transaction that changes the executions.</summary>
internal static class JobStore
{
    public static JobRow? Find(ReadSession session, string account, string jobId) => session.First<JobRow>(
        $"SELECT {JobRow.Columns} FROM job j WHERE j.account = @account AND j.job_id = @jobId", new { account, jobId });

    public static JobRow? Find(ReadSession session, long key) =>
        session.First<JobRow>($"SELECT {JobRow.Columns} FROM job j WHERE j.job_key = @key", new { key });

    public static JobProgressRow Progress(ReadSession session, long key) =>
        session.First<JobProgressRow>("SELECT * FROM job_progress WHERE job_key = @key", new { key })
        ?? throw new InvalidOperationException($"Job {key} has no progress row.");

    /// <summary>Adds to the counters. Answers whether the runner must look now.</summary>
    public static bool Count(WriteSession session, long key, CountChange change)
    {
        var wake = session.FirstHot(
            """
            UPDATE job_progress SET
              queued = queued + @queued, in_progress = in_progress + @inProgress, succeeded = succeeded + @succeeded, failed = failed + @failed,
              timed_out = timed_out + @timedOut, rejected = rejected + @rejected, removed = removed + @removed, canceled = canceled + @canceled,
              wake_at_ms = CASE
                WHEN watched <> 0 OR (pending = 0 AND expanding = 0 AND queued + @queued + in_progress + @inProgress = 0) THEN @now
                ELSE wake_at_ms END
            WHERE job_key = @key RETURNING wake_at_ms
            """,
            row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0),
            ("@queued", change.Queued), ("@inProgress", change.InProgress), ("@succeeded", change.Succeeded), ("@failed", change.Failed),
            ("@timedOut", change.TimedOut), ("@rejected", change.Rejected), ("@removed", change.Removed), ("@canceled", change.Canceled),
            ("@now", session.NowMs), ("@key", key));
        return wake <= session.NowMs;
    }

    /// <summary>Asks the runner to look at the job at the next bell.</summary>
    public static void Wake(WriteSession session, long key) =>
        session.Execute("UPDATE job_progress SET wake_at_ms = @now, version = version + 1 WHERE job_key = @key", new { key, now = session.NowMs });
}
