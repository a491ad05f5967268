using Godwit.Core.Jobs;
using Godwit.Core.Why;
using Godwit.Server.Jobs.Device;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>Where one thing stands in one job, for "why not?".</summary>
public sealed record JobStanding(JobFact Job, TargetFact? Target, long? ThingsBefore, ExecutionFact? Execution, IReadOnlyList<AheadFact> Ahead)
{
    /// <summary>Counting stops here: an answer need not be exact beyond.</summary>
    private const int CountMax = 1_000_000;

    public static JobStanding? Find(ReadSession session, string account, string jobId, string thing, DateTimeOffset now)
    {
        if (JobStore.Find(session, account, jobId) is not { } job)
            return null;
        var execution = JobExecutionStore.Find(session, account, thing, jobId, number: null);
        return new JobStanding(
            JobOf(job, JobStore.Progress(session, job.JobKey), now),
            TargetOf(session, job, thing),
            execution is null ? Before(session, job.JobKey, thing) : null,
            execution is null ? null : ExecutionOf(execution),
            execution is null ? [] : AheadOf(session, execution));
    }

    private static JobFact JobOf(JobRow job, JobProgressRow progress, DateTimeOffset now)
    {
        var moment = JobSchedules.Of(job).At(now);
        var counts = progress.ToCounts();
        return new JobFact(job.JobId, job.Status, JobTime.At(job.CreatedAtMs))
        {
            ReasonCode = job.ReasonCode,
            Comment = job.Comment,
            EndedAt = JobTime.At(job.CompletedAtMs),
            Paused = job.Paused != 0,
            Continuous = job.TargetSelection == "CONTINUOUS",
            Resolving = progress.Expanding != 0,
            Phase = moment.Phase,
            PhaseEnds = moment.Until,
            PerMinute = JobConfigs.Rate(JobJson.Read<JobExecutionsRolloutConfig>(job.RolloutConfig)).PerMinute(counts.All, counts.Succeeded),
            Room = RolloutGate.Open(JobConfigs.Controls(job), progress.Pending, counts.All - progress.Retried, counts),
        };
    }

    private static TargetFact? TargetOf(ReadSession session, JobRow job, string thing)
    {
        var created = JobTime.At(job.CreatedAtMs);
        var arn = Core.Arn.Iot(job.Region, job.Account, "thing/" + thing).ToString();
        if (session.First<string>("SELECT target_arn FROM job_target WHERE job_key = @JobKey AND target_arn = @arn", new { job.JobKey, arn }) is { } direct)
            return new TargetFact(direct, created);
        var group = session.First<GroupRow>(
            """
            SELECT t.target_arn, m.joined_at_ms FROM thing_group_member m CROSS JOIN thing_group_closure c CROSS JOIN job_target t
            WHERE m.account = @Account AND m.thing_name = @thing AND c.account = m.account AND c.descendant = m.group_name
              AND t.job_key = @JobKey AND t.group_name = c.ancestor
            ORDER BY t.position LIMIT 1
            """,
            new { job.Account, job.JobKey, thing });
        if (group is null)
            return null;
        var joined = JobTime.At(group.JoinedAtMs);
        return new TargetFact(group.TargetArn, joined > created ? joined : created);
    }

    private static long? Before(ReadSession session, long key, string thing)
    {
        var position = PendingThings.PositionOf(session, key, thing);
        return position is null ? null : session.First<long>(
            "SELECT COUNT(*) FROM (SELECT 1 FROM job_pending WHERE job_key = @key AND (position, thing_name) < (@position, @thing) LIMIT @limit) few",
            new { key, position, thing, limit = CountMax });
    }

    private static ExecutionFact ExecutionOf(DeviceExecutionRow row) => new(row.ExecutionNumber, row.Status, JobTime.At(row.QueuedAtMs), JobTime.At(row.LastUpdatedAtMs))
    {
        StartedAt = JobTime.At(row.StartedAtMs),
        Deadline = JobTime.At(row.DeadlineAtMs),
        Retries = row.RetryAttempt,
        Details = StatusDetailsJson.Read(row.StatusDetails),
    };

    private static List<AheadFact> AheadOf(ReadSession session, DeviceExecutionRow row)
    {
        if (row.Status.IsTerminal())
            return [];
        var own = row.ToOpen();
        return [.. JobExecutionStore.Open(session, row.Account, row.ThingName)
            .Select(other => other.ToOpen())
            .Where(other => other.JobId != own.JobId && ExecutionQueue.Compare(other, own) < 0)
            .Order(Comparer<OpenExecution>.Create(ExecutionQueue.Compare))
            .Select(other => new AheadFact(other.JobId, other.Started, other.StartedAt ?? other.QueuedAt))];
    }

    private sealed record GroupRow
    {
        public string TargetArn { get; init; } = "";

        public long JoinedAtMs { get; init; }
    }
}
