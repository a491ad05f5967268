using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>CancelJob — PUT /jobs/{jobId}/cancel. The job is CANCELED at once and starts nothing more; its executions follow in pieces.</summary>
public sealed class CancelJob(Database database, JobBell bell, JobSweeper sweeper) : IOperation<CancelJob.Request, CancelJob.Response>
{
    public sealed record Request
    {
        public required string JobId { get; init; }

        public string? ReasonCode { get; init; }

        public string? Comment { get; init; }

        /// <summary>Executions that are IN_PROGRESS are canceled too.</summary>
        public bool? Force { get; init; }
    }

    public sealed record Response
    {
        public required string JobArn { get; init; }

        public required string JobId { get; init; }

        public string? Description { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Cancel(session, caller, request), ct);

    private Result<Response> Cancel(WriteSession session, Caller caller, Request request)
    {
        if (JobStore.Find(session, caller.Account, request.JobId) is not { } job)
            return JobErrors.NotFound(request.JobId);
        var force = request.Force == true;
        // A canceled job may still have devices at work; force reaches those.
        var allowed = job.Status is JobStatus.InProgress or JobStatus.Scheduled
            || (job.Status == JobStatus.Canceled && force && JobStore.Progress(session, job.JobKey).InProgress > 0);
        if (!allowed)
            return JobErrors.CannotCancel(job.JobId, job.Status);

        JobCancellation.Begin(session, job, request.ReasonCode, request.Comment, force);
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(CancelJob), "job/" + job.JobId, job.Status.Wire(), JobStatus.Canceled.Wire(), request.ReasonCode ?? request.Comment, Job: job.JobId));
        sweeper.Begin(session, job with { ReasonCode = request.ReasonCode ?? job.ReasonCode, Comment = request.Comment ?? job.Comment });
        session.AfterCommit(bell.Ring);
        return new Response { JobArn = job.Arn, JobId = job.JobId, Description = job.Description };
    }
}
