using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Jobs;

/// <summary>
/// What jobs make of changes in the registry, in the transaction of the change: things that join a CONTINUOUS job's targets get it, those that
/// leave lose what they have not begun, and deleted things lose all. AWS: Jobs > Continuous jobs.
/// </summary>
public sealed class JobMembership(JobSweeper sweeper, JobLeaving leaving, JobBell bell)
{
    /// <summary>Why an execution of a thing that has left was removed, in the journal.</summary>
    internal const string LeftWhy = nameof(Left);

    /// <summary>CONTINUOUS jobs, at work or to begin, that aim at the group or one above it.</summary>
    private const string JobsOfGroupSql =
        $"""
        SELECT DISTINCT {JobRow.Columns} FROM job j
        JOIN job_target t ON t.job_key = j.job_key
        JOIN thing_group_closure c ON c.account = t.account AND c.ancestor = t.group_name AND c.descendant = @group
        WHERE t.account = @account AND j.target_selection = 'CONTINUOUS' AND j.status IN (0, 1)
        """;

    internal RegistryHook Hook => new() { Joined = Joined, Left = Left, ThingDeleted = ThingDeleted, GroupDeleted = GroupDeleted };

    private void Joined(WriteSession session, Caller caller, string group, string thing)
    {
        foreach (var job in session.Query<JobRow>(JobsOfGroupSql, new { account = caller.Account, group }))
        {
            var newest = JobExecutionStore.Find(session, caller.Account, thing, job.JobId, number: null);
            // Whoever still has it to do, or is still to be reached by the rollout, gets it once.
            if (newest is { Status: JobExecutionStatus.InProgress, RetryAttempt: > 0 })
                JobRetries.Restart(session, newest);
            if (newest is { Status: JobExecutionStatus.Queued or JobExecutionStatus.InProgress } || PendingThings.PositionOf(session, job.JobKey, thing) is not null)
                continue;
            var phase = JobSchedules.Of(job).At(session.Now).Phase;
            if (phase == SchedulePhase.Ended)
                continue;
            // AWS: Jobs > Scheduling: whoever joins outside a window waits for the next one.
            if (phase != SchedulePhase.Open || job.Status == JobStatus.Scheduled || job.Paused != 0 || JobConfigs.Controls(job).LateJoinersAtRate)
                Await(session, job, group, thing);
            else
                Queue(session, caller, job, thing, (newest?.ExecutionNumber ?? 0) + 1);
        }
    }

    private void Await(WriteSession session, JobRow job, string group, string thing)
    {
        var added = JobTargets.Await(session, job, group, thing);
        session.Execute(
            "UPDATE job_progress SET pending = pending + @added, wake_at_ms = @now, version = version + 1 WHERE job_key = @JobKey",
            new { job.JobKey, added, now = session.NowMs });
        session.AfterCommit(bell.Ring);
    }

    private void Queue(WriteSession session, Caller caller, JobRow job, string thing, long number)
    {
        session.Execute(
            """
            INSERT INTO job_execution (account, thing_name, job_key, execution_number, status, version, queued_at_ms, last_updated_at_ms, deadline_at_ms)
            VALUES (@Account, @thing, @JobKey, @number, 0, 1, @now, @now, @deadline)
            """,
            new { job.Account, thing, job.JobKey, number, now = session.NowMs, deadline = JobConfigs.QueuedDeadline(job, session.NowMs) });
        if (job.Controls is not null)
            session.AfterCommit(bell.Ring);
        JobStore.Count(session, job.JobKey, CountChange.Of(JobExecutionStatus.Queued, 1));
        session.Record(new Fact(
            job.Account, caller.Arn, nameof(Joined), JobExecutionStore.Subject(job.JobId, thing, number), null, JobExecutionStatus.Queued.Wire(), null, thing, job.JobId));
        sweeper.Tell(session, new ThingChange(job.Account, thing, null, new OpenExecution(job.JobId, number, false, session.Now, null)));
    }

    private void Left(WriteSession session, Caller caller, string group, string thing)
    {
        foreach (var job in session.Query<JobRow>(JobsOfGroupSql, new { account = caller.Account, group }))
            Leave(session, caller, job, thing, without: null);
    }

    private void GroupDeleted(WriteSession session, Caller caller, string group)
    {
        var jobs = session.Query<JobRow>(JobsOfGroupSql, new { account = caller.Account, group });
        if (jobs.Count == 0)
            return;
        var most = leaving.AtOnceMax / jobs.Count;
        var things = session.Query<string>($"SELECT g.thing_name FROM ({Membership.ThingsOfGroupSql}) g ORDER BY g.thing_name LIMIT @limit", new { account = caller.Account, group, limit = most + 1 });
        if (things.Count > most)
        {
            // Too many for one transaction: the runner takes them away in pieces, and the rollout waits for it.
            foreach (var job in jobs)
                JobLeaving.Begin(session, job, caller.Arn);
            session.AfterCommit(bell.Ring);
            return;
        }
        foreach (var thing in things)
            foreach (var job in jobs)
                Leave(session, caller, job, thing, without: group);
    }

    /// <param name="without">A group that is being deleted and counts no more.</param>
    private void Leave(WriteSession session, Caller caller, JobRow job, string thing, string? without)
    {
        if (JobTargets.Include(session, job, thing, without))
            return;
        if (PendingThings.PositionOf(session, job.JobKey, thing) is { } position)
            Forget(session, job, position, thing);
        if (JobExecutionStore.Find(session, caller.Account, thing, job.JobId, number: null) is { Status: JobExecutionStatus.Queued } row)
            Remove(session, caller, row, LeftWhy);
    }

    private void Forget(WriteSession session, JobRow job, long position, string thing)
    {
        session.Execute("DELETE FROM job_pending WHERE job_key = @JobKey AND position = @position AND thing_name = @thing", new { job.JobKey, position, thing });
        // Of fewer things a stage may have enough by now, and nobody else would say so.
        session.Execute(
            "UPDATE job_progress SET pending = pending - 1, wake_at_ms = @now, version = version + 1 WHERE job_key = @JobKey",
            new { job.JobKey, now = session.NowMs });
        session.AfterCommit(bell.Ring);
    }

    private void ThingDeleted(WriteSession session, Caller caller, string thing)
    {
        foreach (var row in session.Query<DeviceExecutionRow>(
                     $"""
                     SELECT {JobExecutionRow.Columns}, j.job_id, j.region FROM job_execution e JOIN job j ON j.job_key = e.job_key
                     WHERE e.account = @account AND e.thing_name = @thing AND e.status < 2
                     """,
                     new { account = caller.Account, thing }))
            Remove(session, caller, row, nameof(ThingDeleted));
    }

    private void Remove(WriteSession session, Caller caller, DeviceExecutionRow row, string why)
    {
        sweeper.End(session, row, JobExecutionStatus.Removed, new Ending(caller.Arn, nameof(JobMembership), why));
        if (JobStore.Count(session, row.JobKey, CountChange.Move(row.Status, JobExecutionStatus.Removed)))
            session.AfterCommit(bell.Ring);
    }
}
