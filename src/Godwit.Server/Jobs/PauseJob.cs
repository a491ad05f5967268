using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>
/// PauseJob and ResumeJob — POST /godwit/jobs/{jobId}/pause and /resume. A paused rollout reaches nothing further, late joiners included; executions that are out,
/// and their retries, go on. Asked again, nothing changes and nothing is recorded.
/// </summary>
public sealed class PauseJob(Database database, JobBell bell)
{
    public sealed record Request(string JobId, bool Pause);

    public sealed record Response
    {
        public required string JobId { get; init; }

        public required string Status { get; init; }

        public required bool Paused { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Set(session, caller, request), ct);

    private Result<Response> Set(WriteSession session, Caller caller, Request request)
    {
        if (JobStore.Find(session, caller.Account, request.JobId) is not { } job)
            return JobErrors.NotFound(request.JobId);
        if (job.Status is not (JobStatus.InProgress or JobStatus.Scheduled))
            return JobErrors.CannotPause(job.JobId, job.Status);
        if (job.Paused != 0 != request.Pause)
        {
            session.Execute("UPDATE job SET paused = @paused WHERE job_key = @JobKey", new { job.JobKey, paused = request.Pause ? 1 : 0 });
            JobStore.Wake(session, job.JobKey);
            session.Record(new Fact(
                caller.Account, caller.Arn, request.Pause ? nameof(PauseJob) : "ResumeJob", "job/" + job.JobId, job.Status.Wire(), job.Status.Wire(), Job: job.JobId));
            session.AfterCommit(bell.Ring);
        }
        return new Response { JobId = job.JobId, Status = job.Status.Wire(), Paused = request.Pause };
    }
}
