using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>
/// One look at a job: reads where it stands, asks the rules, writes their answer, all in one transaction that names the version it was decided on.
/// Whoever comes second finds another version and nothing to do.
/// </summary>
public sealed class JobStep(JobSweeper sweeper, JobLeaving leaving, PaceClock clock, JobEvents events, ConcurrentJobs concurrent)
{
    internal void Run(WriteSession session, long key)
    {
        if (JobStore.Find(session, key) is not { } job)
        {
            clock.Forget(key);
            return;
        }
        var progress = JobStore.Progress(session, key);
        if (progress.Sweep != 0)
        {
            clock.Forget(key);
            sweeper.Step(session, job, progress);
            return;
        }
        if (progress.Leaving != 0)
        {
            leaving.Step(session, job, progress);
            return;
        }
        var schedule = JobSchedules.Of(job);
        var state = StateOf(job, progress, schedule, session.Now);
        var decision = JobTick.Decide(state);
        if (decision.Begin && concurrent.AreFull(session, job.Account))
        {
            GiveUp(session, job);
            return;
        }
        if (decision.Begin)
            job = Begin(session, job);
        if (decision.Complete || decision.End || decision.AbortedBy is not null)
            clock.Forget(key);
        if (decision.AbortedBy is { } criterion)
            Abort(session, job, state.Abort[criterion]);
        else if (decision.End)
            JobEnd.Reach(session, sweeper, job, schedule);
        else if (decision.Complete)
            Complete(session, job, progress);
        else
            Start(session, job, progress, decision);
    }

    private JobState StateOf(JobRow job, JobProgressRow progress, JobSchedule schedule, DateTimeOffset now)
    {
        var moment = schedule.At(now);
        var counts = progress.ToCounts();
        return new JobState(
            job.Status, job.TargetSelection == "CONTINUOUS", progress.Pending, progress.Expanding != 0, counts.All - progress.Retried, counts,
            JobConfigs.Rate(JobJson.Read<JobExecutionsRolloutConfig>(job.RolloutConfig)),
            JobConfigs.Criteria(JobJson.Read<AbortConfig>(job.AbortConfig)),
            progress.Pace is null ? PaceState.Start : PaceState.Parse(progress.Pace) ?? PaceState.Unknown,
            progress.Pace is null ? TimeSpan.Zero : clock.Since(job.JobKey, progress.Pace))
        {
            Phase = moment.Phase, PhaseEnds = moment.Until - now, AtEnd = schedule.AtEnd,
            Paused = job.Paused != 0, Controls = JobJson.Read<JobControls>(job.Controls), Retried = progress.Retried,
        };
    }

    private static JobRow Begin(WriteSession session, JobRow job)
    {
        session.Execute(
            "UPDATE job SET status = @status, last_updated_at_ms = @now WHERE job_key = @JobKey",
            new { job.JobKey, status = (long)JobStatus.InProgress, now = session.NowMs });
        session.Record(new Fact(
            job.Account, Caller.Service(job.Account, job.Region).Arn, nameof(JobSchedule), "job/" + job.JobId, job.Status.Wire(), JobStatus.InProgress.Wire(), Job: job.JobId));
        return job with { Status = JobStatus.InProgress };
    }

    /// <summary>AWS: Jobs > Limits: the start found too many jobs rolling out.</summary>
    private void GiveUp(WriteSession session, JobRow job)
    {
        var comment = $"{ConcurrentJobs.Max} jobs were rolling out when the job was to start.";
        JobCancellation.Begin(session, job, ConcurrentJobs.FullReason, comment, force: false);
        session.Record(new Fact(
            job.Account, Caller.Service(job.Account, job.Region).Arn, nameof(ConcurrentJobs), "job/" + job.JobId, job.Status.Wire(), JobStatus.Canceled.Wire(), comment, Job: job.JobId));
        sweeper.Begin(session, job with { ReasonCode = ConcurrentJobs.FullReason, Comment = comment });
    }

    private void Abort(WriteSession session, JobRow job, AbortCriterion criterion)
    {
        var comment = $"Aborted: {criterion.FailureType} reached {criterion.ThresholdPercentage} % of at least {criterion.MinNumberOfExecutedThings} executed things.";
        JobCancellation.Begin(session, job, JobCancellation.AbortedReason, comment, force: false);
        session.Record(new Fact(
            job.Account, Caller.Service(job.Account, job.Region).Arn, nameof(AbortRule), "job/" + job.JobId, job.Status.Wire(), JobStatus.Canceled.Wire(), comment, Job: job.JobId));
        sweeper.Begin(session, job with { ReasonCode = JobCancellation.AbortedReason, Comment = comment });
    }

    private void Complete(WriteSession session, JobRow job, JobProgressRow progress)
    {
        session.Execute(
            "UPDATE job SET status = @status, completed_at_ms = @now, last_updated_at_ms = @now WHERE job_key = @JobKey",
            new { job.JobKey, status = (long)JobStatus.Completed, now = session.NowMs });
        Save(session, progress, progress.Pace, removed: 0, wake: null);
        session.Record(new Fact(
            job.Account, Caller.Service(job.Account, job.Region).Arn, nameof(JobTick), "job/" + job.JobId, job.Status.Wire(), JobStatus.Completed.Wire(), Job: job.JobId));
        events.Completed(session, job);
    }

    private void Start(WriteSession session, JobRow job, JobProgressRow progress, JobDecision decision)
    {
        var most = Math.Min(decision.Start, JobLimits.ExecutionChunk);
        var (reached, started) = most > 0 ? PendingThings.Start(session, job, most) : (0, []);
        foreach (var execution in started)
        {
            session.Record(new Fact(
                job.Account, Caller.Service(job.Account, job.Region).Arn, nameof(RolloutPace),
                JobExecutionStore.Subject(job.JobId, execution.ThingName, execution.ExecutionNumber), null, JobExecutionStatus.Queued.Wire(),
                null, execution.ThingName, job.JobId));
            sweeper.Tell(session, new ThingChange(
                job.Account, execution.ThingName, null, new OpenExecution(job.JobId, execution.ExecutionNumber, false, session.Now, null)));
        }
        // Things that were passed over leave nobody to wait for, and a cap or a stage that they were to fill would wait for ever: then this look was not the last.
        var wake = started.Count < most ? session.NowMs : decision.Wait is { } wait ? session.NowMs + (long)Math.Ceiling(wait.TotalMilliseconds) : (long?)null;
        var pace = decision.Pace.ToString();
        clock.Note(job.JobKey, pace);
        Save(session, progress, pace, reached, wake);
        if (started.Count > 0)
            session.Execute("UPDATE job_progress SET queued = queued + @started WHERE job_key = @JobKey", new { job.JobKey, started = started.Count });
    }

    private static void Save(WriteSession session, JobProgressRow progress, string? pace, int removed, long? wake)
    {
        var saved = session.Execute(
            """
            UPDATE job_progress SET pace = @pace, pending = pending - @removed, wake_at_ms = @wake, version = version + 1
            WHERE job_key = @JobKey AND version = @Version
            """,
            new { progress.JobKey, progress.Version, pace, removed, wake });
        if (saved != 1)
            throw new InvalidOperationException($"Job {progress.JobKey} moved on from version {progress.Version} while it was looked at.");
    }
}
