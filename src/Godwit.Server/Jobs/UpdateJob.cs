using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>UpdateJob — PATCH /jobs/{jobId}: each member that is given replaces the stored one as a whole, for a job that is IN_PROGRESS.</summary>
public sealed class UpdateJob(Database database, JobBell bell) : IOperation<UpdateJob.Request, Nothing>
{
    /// <summary>Characters of the journal's record of a change.</summary>
    private const int ChangesMax = 1000;

    public sealed record Request
    {
        public required string JobId { get; init; }

        public string? Description { get; init; }

        public PresignedUrlConfig? PresignedUrlConfig { get; init; }

        public JobExecutionsRolloutConfig? JobExecutionsRolloutConfig { get; init; }

        public AbortConfig? AbortConfig { get; init; }

        /// <summary>For executions that start from now on.</summary>
        public TimeoutConfig? TimeoutConfig { get; init; }

        public string? NamespaceId { get; init; }

        public JobExecutionsRetryConfig? JobExecutionsRetryConfig { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Update(session, caller, request), ct);

    private Result<Nothing> Update(WriteSession session, Caller caller, Request request)
    {
        if (JobStore.Find(session, caller.Account, request.JobId) is not { } job)
            return JobErrors.NotFound(request.JobId);
        if (Refuse(request, job) is { } refusal)
            return refusal;

        session.Execute(
            """
            UPDATE job SET
              description = COALESCE(@Description, description), presigned_url_config = COALESCE(@presigned, presigned_url_config),
              presign_expires_sec = COALESCE(@expires, presign_expires_sec), rollout_config = COALESCE(@rollout, rollout_config),
              abort_config = COALESCE(@abort, abort_config), timeout_config = COALESCE(@timeoutConfig, timeout_config),
              retry_config = COALESCE(@retry, retry_config),
              in_progress_timeout_minutes = COALESCE(@timeout, in_progress_timeout_minutes), last_updated_at_ms = @now
            WHERE job_key = @JobKey
            """,
            new
            {
                job.JobKey,
                request.Description,
                presigned = JobJson.Write(request.PresignedUrlConfig),
                expires = request.PresignedUrlConfig is { } urls ? urls.ExpiresInSec ?? JobLimits.PresignSecondsDefault : (long?)null,
                rollout = JobJson.Write(request.JobExecutionsRolloutConfig),
                abort = JobJson.Write(request.AbortConfig),
                timeoutConfig = JobJson.Write(request.TimeoutConfig),
                retry = JobJson.Write(request.JobExecutionsRetryConfig),
                timeout = request.TimeoutConfig?.InProgressTimeoutInMinutes,
                now = session.NowMs,
            });
        var watched = JobConfigs.Watched(
            request.AbortConfig ?? JobJson.Read<AbortConfig>(job.AbortConfig),
            request.JobExecutionsRolloutConfig ?? JobJson.Read<JobExecutionsRolloutConfig>(job.RolloutConfig),
            JobConfigs.Controls(job));
        session.Execute("UPDATE job_progress SET watched = @watched WHERE job_key = @JobKey", new { job.JobKey, watched = watched ? 1 : 0 });
        // New criteria hold for what has happened already, and a new rate from now on.
        JobStore.Wake(session, job.JobKey);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(UpdateJob), "job/" + job.JobId, job.Status.Wire(), job.Status.Wire(), Changes(request), Job: job.JobId));
        session.AfterCommit(bell.Ring);
        return default(Nothing);
    }

    /// <summary>For the journal: which members have which values from now on.</summary>
    private static string Changes(Request request)
    {
        var members = new (string Name, string? Json)[]
        {
            ("description", JobJson.Write(request.Description)), ("presignedUrlConfig", JobJson.Write(request.PresignedUrlConfig)),
            ("jobExecutionsRolloutConfig", JobJson.Write(request.JobExecutionsRolloutConfig)), ("abortConfig", JobJson.Write(request.AbortConfig)),
            ("timeoutConfig", JobJson.Write(request.TimeoutConfig)), ("jobExecutionsRetryConfig", JobJson.Write(request.JobExecutionsRetryConfig)),
        };
        var text = string.Join(", ", members.Where(member => member.Json is not null).Select(member => $"{member.Name} {member.Json}"));
        return text.Length > ChangesMax ? text[..ChangesMax] + "…" : text;
    }

    private static ServiceError? Refuse(Request request, JobRow job)
    {
        if (job.Status != JobStatus.InProgress)
            return JobErrors.CannotUpdate(job.JobId, job.Status);
        if (request is
            {
                Description: null, PresignedUrlConfig: null, JobExecutionsRolloutConfig: null, AbortConfig: null, TimeoutConfig: null, JobExecutionsRetryConfig: null,
            })
            return JobErrors.EmptyUpdate(job.JobId);
        return JobConfigCheck.Role(request.PresignedUrlConfig)
            ?? JobConfigCheck.Rollout(request.JobExecutionsRolloutConfig)
            ?? JobConfigCheck.Timeout(request.TimeoutConfig)
            ?? JobConfigCheck.Abort(request.AbortConfig)
            ?? JobConfigCheck.RetryUpdate(JobJson.Read<JobExecutionsRetryConfig>(job.RetryConfig), request.JobExecutionsRetryConfig);
    }
}
