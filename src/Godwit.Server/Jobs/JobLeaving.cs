using Godwit.Core.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>
/// Takes from a CONTINUOUS job what things have not begun whose group is gone, so many in each transaction; where it stands is kept, so that a restart goes on
/// there. Until it is through, the job's rollout reaches nobody, and what a device begins meanwhile it may end.
/// </summary>
public sealed class JobLeaving(JobSweeper sweeper)
{
    private const long Executions = 1, Waiting = 2;

    /// <summary>Whether the thing <c>e.thing_name</c> is in any of the job's targets, as the registry has it now.</summary>
    private const string IsTargetSql =
        """
        EXISTS (
          SELECT 1 FROM job_target t WHERE t.job_key = @JobKey
            AND (t.target_arn = @prefix || e.thing_name OR t.group_name IN (
              SELECT c.ancestor FROM thing_group_member m CROSS JOIN thing_group_closure c
              WHERE m.account = @Account AND m.thing_name = e.thing_name AND c.account = m.account AND c.descendant = m.group_name)))
        """;

    /// <summary>Things of a group that leave with it in its own transaction; a larger one leaves in pieces of this size.</summary>
    internal int AtOnceMax { get; set; } = JobLimits.ExecutionChunk;

    /// <summary>Asks the runner; called in the transaction that deletes the group. What another group left behind is looked through again with it.</summary>
    internal static void Begin(WriteSession session, JobRow job, string who) => session.Execute(
        "UPDATE job_progress SET leaving = @Executions, left_position = 0, left_to = '', leaving_by = @who, wake_at_ms = @now, version = version + 1 WHERE job_key = @JobKey",
        new { job.JobKey, Executions, who, now = session.NowMs });

    /// <summary>One transaction's share.</summary>
    internal void Step(WriteSession session, JobRow job, JobProgressRow progress)
    {
        var (next, position, name) = progress.Leaving == Executions ? RemoveSome(session, job, progress) : ForgetSome(session, job, progress);
        session.Execute(
            "UPDATE job_progress SET leaving = @next, left_position = @position, left_to = @name, wake_at_ms = @now, version = version + 1 WHERE job_key = @JobKey",
            new { job.JobKey, next, position, name, now = session.NowMs });
    }

    private (long Next, long Position, string Name) RemoveSome(WriteSession session, JobRow job, JobProgressRow progress)
    {
        var things = session.Query<string>(
            "SELECT DISTINCT e.thing_name FROM job_execution e WHERE e.job_key = @JobKey AND e.thing_name > @LeftTo ORDER BY e.thing_name LIMIT @limit",
            new { job.JobKey, progress.LeftTo, limit = AtOnceMax });
        if (things.Count == 0)
            return (Waiting, 0, "");
        var rows = session.Query<DeviceExecutionRow>(
            $"""
            SELECT {JobExecutionRow.Columns}, @JobId AS job_id, @Region AS region FROM job_execution e
            WHERE e.job_key = @JobKey AND e.thing_name > @LeftTo AND e.thing_name <= @last AND e.status = 0 AND NOT {IsTargetSql}
            ORDER BY e.thing_name
            """,
            new { job.JobKey, job.JobId, job.Region, job.Account, progress.LeftTo, last = things[^1], prefix = PrefixOf(job) });
        var why = new Ending(progress.LeavingBy ?? "", nameof(JobMembership), JobMembership.LeftWhy);
        foreach (var row in rows)
            sweeper.End(session, row, JobExecutionStatus.Removed, why);
        if (rows.Count > 0)
            JobStore.Count(session, job.JobKey, rows.Aggregate(default(CountChange), (sum, row) => sum + CountChange.Move(row.Status, JobExecutionStatus.Removed)));
        return (Executions, 0, things[^1]);
    }

    private (long Next, long Position, string Name) ForgetSome(WriteSession session, JobRow job, JobProgressRow progress)
    {
        var last = session.First<PlaceRow>(
            """
            SELECT position, thing_name FROM (
              SELECT position, thing_name FROM job_pending WHERE job_key = @JobKey AND (position, thing_name) > (@LeftPosition, @LeftTo)
              ORDER BY position, thing_name LIMIT @limit) p
            ORDER BY position DESC, thing_name DESC LIMIT 1
            """,
            new { job.JobKey, progress.LeftPosition, progress.LeftTo, limit = AtOnceMax });
        if (last is null)
            return (0, 0, "");
        var forgotten = session.Execute(
            $"""
            DELETE FROM job_pending AS e
            WHERE e.job_key = @JobKey AND (e.position, e.thing_name) > (@LeftPosition, @LeftTo) AND (e.position, e.thing_name) <= (@Position, @ThingName) AND NOT {IsTargetSql}
            """,
            new { job.JobKey, job.Account, progress.LeftPosition, progress.LeftTo, last.Position, last.ThingName, prefix = PrefixOf(job) });
        session.Execute("UPDATE job_progress SET pending = pending - @forgotten WHERE job_key = @JobKey", new { job.JobKey, forgotten });
        return (Waiting, last.Position, last.ThingName);
    }

    private static string PrefixOf(JobRow job) => Core.Arn.Iot(job.Region, job.Account, "thing/").ToString();

    private sealed record PlaceRow
    {
        public long Position { get; init; }

        public string ThingName { get; init; } = "";
    }
}
