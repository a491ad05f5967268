using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>Carries out a job's <c>endBehavior</c> when its end time has come.</summary>
internal static class JobEnd
{
    /// <summary>The reason code of a job that its end time has canceled.</summary>
    public const string ReasonCode = "END_TIME_REACHED";

    public static void Reach(WriteSession session, JobSweeper sweeper, JobRow job, JobSchedule schedule)
    {
        var comment = $"The end time {ScheduleTimes.Write(schedule.End!.Value)} is reached.";
        var stops = schedule.AtEnd == EndBehavior.StopRollout;
        if (stops)
            session.Execute(
                "UPDATE job_progress SET sweep = @sweep, swept_to = '', expanding = 0, spared = spared + pending, pending = 0, wake_at_ms = @now, version = version + 1 WHERE job_key = @JobKey",
                new { job.JobKey, sweep = (long)JobSweep.DropPending, now = session.NowMs });
        else
            JobCancellation.Begin(session, job, ReasonCode, comment, schedule.AtEnd == EndBehavior.ForceCancel);
        session.Record(new Fact(
            job.Account, Caller.Service(job.Account, job.Region).Arn, nameof(JobSchedule), "job/" + job.JobId,
            job.Status.Wire(), (stops ? job.Status : JobStatus.Canceled).Wire(), comment, Job: job.JobId));
        sweeper.Begin(session, stops ? job : job with { ReasonCode = ReasonCode, Comment = comment });
    }
}
