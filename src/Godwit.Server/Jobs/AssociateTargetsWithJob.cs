using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>AssociateTargetsWithJob — POST /jobs/{jobId}/targets: more targets for a CONTINUOUS job; their things join the rollout.</summary>
public sealed class AssociateTargetsWithJob(Database database, JobBell bell) : IOperation<AssociateTargetsWithJob.Request, AssociateTargetsWithJob.Response>
{
    public sealed record Request
    {
        public required IReadOnlyList<string> Targets { get; init; }

        public required string JobId { get; init; }

        public string? Comment { get; init; }

        public string? NamespaceId { get; init; }
    }

    public sealed record Response
    {
        public required string JobArn { get; init; }

        public required string JobId { get; init; }

        public string? Description { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Associate(session, caller, request), ct);

    private Result<Response> Associate(WriteSession session, Caller caller, Request request)
    {
        if (JobStore.Find(session, caller.Account, request.JobId) is not { } job)
            return JobErrors.NotFound(request.JobId);
        if (job.TargetSelection != "CONTINUOUS")
            return JobErrors.NotContinuous(job.JobId);
        if (job.Status != JobStatus.InProgress)
            return JobErrors.NotRollingOut(job.JobId, job.Status);
        var present = JobTargets.Of(session, job.JobKey);
        if (JobTargets.Refuse(session, caller.Account, [.. present, .. request.Targets]) is { } refusal)
            return refusal;

        JobTargets.Insert(session, caller.Account, job.JobKey, present.Count, request.Targets);
        session.Execute(
            "UPDATE job SET comment = COALESCE(@Comment, comment), last_updated_at_ms = @NowMs WHERE job_key = @JobKey",
            new { job.JobKey, request.Comment, session.NowMs });
        session.Execute(
            "UPDATE job_progress SET expanding = 1, wake_at_ms = @NowMs, version = version + 1 WHERE job_key = @JobKey", new { job.JobKey, session.NowMs });
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(AssociateTargetsWithJob), "job/" + job.JobId, job.Status.Wire(), job.Status.Wire(), request.Comment, Job: job.JobId));
        session.AfterCommit(bell.Ring);
        return new Response { JobArn = job.Arn, JobId = job.JobId, Description = job.Description };
    }
}
