using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>DeleteJob — DELETE /jobs/{jobId}. Devices lose sight of the job at once; its rows go in pieces, and then its id is free again.</summary>
public sealed class DeleteJob(Database database, JobBell bell, JobSweeper sweeper) : IOperation<DeleteJob.Request, Nothing>
{
    public sealed record Request
    {
        public required string JobId { get; init; }

        /// <summary>A job that is not finished is deleted too, with executions in progress.</summary>
        public bool? Force { get; init; }

        public string? NamespaceId { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Delete(session, caller, request), ct);

    private Result<Nothing> Delete(WriteSession session, Caller caller, Request request)
    {
        if (JobStore.Find(session, caller.Account, request.JobId) is not { } job)
            return JobErrors.NotFound(request.JobId);
        if (job.Status == JobStatus.DeletionInProgress)
            return JobErrors.DeletionRuns(job.JobId);
        if (request.Force != true && job.Status is JobStatus.InProgress or JobStatus.Scheduled)
            return JobErrors.CannotDelete(job.JobId, job.Status);
        var deletions = session.First<long>(
            "SELECT COUNT(*) FROM job WHERE account = @Account AND status = @status", new { caller.Account, status = (long)JobStatus.DeletionInProgress });
        if (deletions >= JobLimits.DeletionsMax)
            return JobErrors.TooManyDeletions;

        session.Execute(
            "UPDATE job SET status = @status, last_updated_at_ms = @now WHERE job_key = @JobKey",
            new { job.JobKey, status = (long)JobStatus.DeletionInProgress, now = session.NowMs });
        session.Execute(
            "UPDATE job_progress SET sweep = @sweep, swept_to = '', expanding = 0, wake_at_ms = @now, version = version + 1 WHERE job_key = @JobKey",
            new { job.JobKey, sweep = (long)JobSweep.Delete, now = session.NowMs });
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(DeleteJob), "job/" + job.JobId, job.Status.Wire(), JobStatus.DeletionInProgress.Wire(),
            request.Force == true ? "force" : null, Job: job.JobId));
        sweeper.Begin(session, job);
        session.AfterCommit(bell.Ring);
        return default(Nothing);
    }
}
