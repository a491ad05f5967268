using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Jobs;

/// <summary>Cancels or deletes the executions of a job, so many in each transaction; where it stands is kept, so that a restart goes on there.</summary>
public sealed class JobSweeper(JobNotifications notifications, JobEvents events)
{
    /// <summary>One transaction's share. Answers whether the sweep is through.</summary>
    internal bool Step(WriteSession session, JobRow job, JobProgressRow progress)
    {
        var sweep = (JobSweep)progress.Sweep;
        var swept = sweep switch
        {
            JobSweep.Delete => DeleteSome(session, job, progress),
            JobSweep.DropPending => null,
            _ => CancelSome(session, job, progress, sweep == JobSweep.CancelAll),
        };
        if (swept is null && ForgetPending(session, job.JobKey))
        {
            events.SweepEnds(session, job, sweep);
            if (sweep == JobSweep.Delete)
                DeleteJob(session, job);
            else
                session.Execute(
                    "UPDATE job_progress SET sweep = 0, swept_to = '', wake_at_ms = @wake, version = version + 1 WHERE job_key = @JobKey",
                    new { job.JobKey, wake = sweep == JobSweep.DropPending ? session.NowMs : (long?)null });
            return true;
        }
        session.Execute(
            "UPDATE job_progress SET swept_to = COALESCE(@swept, swept_to), wake_at_ms = @now, version = version + 1 WHERE job_key = @JobKey",
            new { job.JobKey, swept, now = session.NowMs });
        return false;
    }

    /// <summary>Sweeps at once what fits into the transaction of the operation that asked for it; the runner does the rest.</summary>
    internal void Begin(WriteSession session, JobRow job)
    {
        var progress = JobStore.Progress(session, job.JobKey);
        events.SweepBegins(session, job, (JobSweep)progress.Sweep);
        // One step for the executions, one to see that none is left and that no thing waits.
        if (progress.ToCounts().All < JobLimits.ExecutionChunk && !Step(session, job, progress))
            Step(session, job, JobStore.Progress(session, job.JobKey));
    }

    /// <summary>Ends one execution in the service's name; the caller counts it, and the retry that follows, which is answered.</summary>
    internal OpenExecution? End(WriteSession session, DeviceExecutionRow row, JobExecutionStatus status, Ending why)
    {
        JobExecutionStore.Update(session, row, ExecutionUpdate.End(row.ToState(), status), why.Details ?? row.StatusDetails, why.Force);
        session.Record(new Fact(
            row.Account, why.Who, why.Kind, JobExecutionStore.Subject(row.JobId, row.ThingName, row.ExecutionNumber), row.Status.Wire(), status.Wire(),
            why.Why, row.ThingName, row.JobId));
        events.Ended(session, row, status, why.Details ?? row.StatusDetails);
        var retry = JobRetries.Requeue(session, row, status);
        Tell(session, new ThingChange(row.Account, row.ThingName, row.ToOpen(), retry));
        return retry;
    }

    internal void Tell(WriteSession session, ThingChange change)
    {
        if (notifications.Plan(session, change) is { } push)
            session.AfterCommit(() => notifications.Enqueue(push));
    }

    private string? CancelSome(WriteSession session, JobRow job, JobProgressRow progress, bool all)
    {
        var rows = session.Query<DeviceExecutionRow>(
            $"""
            SELECT {JobExecutionRow.Columns}, @JobId AS job_id, @Region AS region FROM job_execution e
            WHERE e.job_key = @JobKey AND e.thing_name > @after AND e.status <= @last ORDER BY e.thing_name LIMIT @limit
            """,
            new { job.JobKey, job.JobId, job.Region, after = progress.SweptTo, last = all ? 1 : 0, limit = JobLimits.ExecutionChunk });
        var why = new Ending(Caller.Service(job.Account, job.Region).Arn, nameof(CancelJob), job.ReasonCode ?? job.Comment, Force: all);
        foreach (var row in rows)
            End(session, row, JobExecutionStatus.Canceled, why with { Force = row.Status == JobExecutionStatus.InProgress });
        if (rows.Count > 0)
            JobStore.Count(session, job.JobKey, rows.Aggregate(default(CountChange), (sum, row) => sum + CountChange.Move(row.Status, JobExecutionStatus.Canceled)));
        return rows.Count == 0 ? null : rows[^1].ThingName;
    }

    private string? DeleteSome(WriteSession session, JobRow job, JobProgressRow progress)
    {
        var rows = session.Query<JobExecutionRow>(
            $"""
            SELECT {JobExecutionRow.Columns}, @JobId AS job_id FROM job_execution e
            WHERE e.job_key = @JobKey AND e.thing_name > @after ORDER BY e.thing_name, e.execution_number LIMIT @limit
            """,
            new { job.JobKey, job.JobId, after = progress.SweptTo, limit = JobLimits.ExecutionChunk });
        if (rows.Count == 0)
            return null;
        foreach (var row in rows.Where(row => !row.Status.IsTerminal()))
        {
            session.Record(new Fact(
                job.Account, Caller.Service(job.Account, job.Region).Arn, nameof(Jobs.DeleteJob), JobExecutionStore.Subject(job.JobId, row.ThingName, row.ExecutionNumber),
                row.Status.Wire(), null, null, row.ThingName, job.JobId));
            Tell(session, new ThingChange(row.Account, row.ThingName, row.ToOpen(), null));
        }
        var last = rows[^1].ThingName;
        session.Execute(
            "DELETE FROM job_execution WHERE job_key = @JobKey AND thing_name > @after AND thing_name <= @last",
            new { job.JobKey, after = progress.SweptTo, last });
        return last;
    }

    /// <summary>Drops things that the rollout has not reached. Answers whether none is left.</summary>
    private static bool ForgetPending(WriteSession session, long key) => session.Execute(
        """
        DELETE FROM job_pending WHERE (job_key, position, thing_name) IN (
          SELECT job_key, position, thing_name FROM job_pending WHERE job_key = @key LIMIT @limit)
        """,
        new { key, limit = JobLimits.ExpandChunk }) < JobLimits.ExpandChunk;

    private static void DeleteJob(WriteSession session, JobRow job)
    {
        session.Execute("DELETE FROM job_target WHERE job_key = @JobKey", new { job.JobKey });
        session.Execute("DELETE FROM job_progress WHERE job_key = @JobKey", new { job.JobKey });
        session.Execute("DELETE FROM job WHERE job_key = @JobKey", new { job.JobKey });
        ResourceTags.Clear(session, job.Account, "job/" + job.JobId);
        session.Record(new Fact(
            job.Account, Caller.Service(job.Account, job.Region).Arn, nameof(Jobs.DeleteJob), "job/" + job.JobId, JobStatus.DeletionInProgress.Wire(), null, Job: job.JobId));
    }
}

/// <summary>Why the service ends an execution.</summary>
/// <param name="Details">Replaces what the device reported, if given.</param>
internal sealed record Ending(string Who, string Kind, string? Why, bool Force = false, string? Details = null);
