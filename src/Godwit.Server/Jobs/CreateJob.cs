using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Jobs.Templates;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Jobs;

/// <summary>CreateJob — PUT /jobs/{jobId}. The job and its targets are on disk when this returns; executions follow at the rollout's pace.</summary>
public sealed class CreateJob(Database database, JobBell bell, JobDocumentSource sources, JobRole role, ConcurrentJobs concurrent, TimeProvider time)
    : IOperation<CreateJob.Request, CreateJob.Response>
{
    public sealed record Request : IJobTerms
    {
        public required string JobId { get; init; }

        /// <summary>ARNs of things and thing groups.</summary>
        public required IReadOnlyList<string> Targets { get; init; }

        public string? DocumentSource { get; init; }

        public string? Document { get; init; }

        public string? Description { get; init; }

        public PresignedUrlConfig? PresignedUrlConfig { get; init; }

        /// <summary><c>SNAPSHOT</c> (the default) or <c>CONTINUOUS</c>.</summary>
        public string? TargetSelection { get; init; }

        public JobExecutionsRolloutConfig? JobExecutionsRolloutConfig { get; init; }

        public AbortConfig? AbortConfig { get; init; }

        public TimeoutConfig? TimeoutConfig { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }

        public string? NamespaceId { get; init; }

        public string? JobTemplateArn { get; init; }

        public JobExecutionsRetryConfig? JobExecutionsRetryConfig { get; init; }

        public IReadOnlyDictionary<string, string>? DocumentParameters { get; init; }

        public SchedulingConfig? SchedulingConfig { get; init; }

        public IReadOnlyList<string>? DestinationPackageVersions { get; init; }

        /// <summary>What an OTA update asks for beyond AWS's members. Not on the wire: an internal member is not bound.</summary>
        internal JobControls? Controls { get; init; }

        /// <summary>The schedule was found good when the request was taken, and its start may have come since.</summary>
        internal bool ScheduleChecked { get; init; }
    }

    public sealed record Response
    {
        public required string JobArn { get; init; }

        public required string JobId { get; init; }

        public string? Description { get; init; }
    }

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var whole = await database.Read(session => TemplateOfJob.Apply(session, caller, request), ct);
        if (!whole.IsOk)
            return whole.Error;
        request = whole.Value;
        if (Refuse(request, time.GetUtcNow()) is { } refusal)
            return refusal;
        request = request with { SchedulingConfig = JobSchedules.Kept(request.SchedulingConfig) };
        var text = request.DocumentSource is { } source ? await sources.Read(caller.Account, source, ct) : request.Document!;
        var document = text.Then(json => JobDocument.Parse(json, request.PresignedUrlConfig));
        if (!document.IsOk)
            return document.Error;
        if (role.Refuse(caller.Account, request.PresignedUrlConfig?.RoleArn, document.Value) is { } badRole)
            return badRole;
        var small = await database.Read(session => JobTargets.Refuse(session, caller.Account, request.Targets) is null
            && JobTargets.FitOneChunk(session, caller.Account, request.Targets), ct);
        return await database.Change(session => Create(session, caller, request, document.Value, small), ct);
    }

    private static ServiceError? Refuse(Request request, DateTimeOffset now) =>
        JobConfigCheck.Terms(request)
        ?? (request.ScheduleChecked ? null : JobSchedules.Refuse(request.SchedulingConfig, request.TargetSelection, now));

    private Result<Response> Create(WriteSession session, Caller caller, Request request, JobDocument document, bool small)
    {
        var (account, jobId) = (caller.Account, request.JobId);
        var arn = caller.IotArn("job/" + jobId);
        if (JobStore.Find(session, account, jobId) is { } existing)
            return JobErrors.AlreadyExists(jobId, existing.Arn);
        if (JobTargets.Refuse(session, account, request.Targets) is { } refusal)
            return refusal;
        if (FirstStatus(request) == JobStatus.InProgress && concurrent.AreFull(session, account))
            return JobErrors.TooManyConcurrent;
        var tagged = ResourceTags.Put(session, account, "job/" + jobId, request.Tags);
        if (!tagged.IsOk)
            return tagged.Error;

        var key = InsertJob(session, caller, request, document);
        JobTargets.Insert(session, account, key, first: 0, request.Targets);
        // A snapshot is taken now where it is small; of a large group the runner takes it in pieces, so that devices' reports do not wait.
        var pending = small ? JobTargets.ExpandAll(session, key) : 0;
        session.Execute(
            """
            INSERT INTO job_progress (job_key, version, pending, expanding, watched, wake_at_ms)
            VALUES (@key, 1, @pending, @expanding, @watched, @now)
            """,
            new { key, pending, expanding = small ? 0 : 1, watched = JobConfigs.Watched(request.AbortConfig, request.JobExecutionsRolloutConfig, request.Controls) ? 1 : 0, now = session.NowMs });
        session.Record(new Fact(account, caller.Arn, nameof(CreateJob), "job/" + jobId, null, FirstStatus(request).Wire(), Job: jobId));
        session.AfterCommit(bell.Ring);
        return new Response { JobArn = arn, JobId = jobId, Description = request.Description };
    }

    private static JobStatus FirstStatus(Request request) => request.SchedulingConfig?.StartTime is null ? JobStatus.InProgress : JobStatus.Scheduled;

    private static long InsertJob(WriteSession session, Caller caller, Request request, JobDocument document) => session.First<long>(
        """
        INSERT INTO job (
          account, job_id, region, status, target_selection, in_progress_timeout_minutes, presign_expires_sec, has_placeholders, created_at_ms,
          last_updated_at_ms, description, namespace_id, document_source, presigned_url_config, rollout_config, abort_config, timeout_config,
          retry_config, scheduling_config, destination_package_versions, job_template_arn, document_parameters, controls, device_document, document)
        VALUES (
          @Account, @JobId, @Region, @status, @selection, @timeout, @presign, @placeholders, @now, @now, @Description, @NamespaceId, @DocumentSource,
          @presigned, @rollout, @abort, @timeoutConfig, @retry, @scheduling, @packages, @JobTemplateArn, @parameters, @controls, @ForDevices, @Text)
        RETURNING job_key
        """,
        new
        {
            caller.Account,
            request.JobId,
            caller.Region,
            status = (long)FirstStatus(request),
            selection = request.TargetSelection ?? "SNAPSHOT",
            timeout = request.TimeoutConfig?.InProgressTimeoutInMinutes,
            presign = request.PresignedUrlConfig?.ExpiresInSec ?? JobLimits.PresignSecondsDefault,
            placeholders = document.Placeholders > 0 ? 1 : 0,
            now = session.NowMs,
            request.Description,
            request.NamespaceId,
            request.DocumentSource,
            presigned = JobJson.Write(request.PresignedUrlConfig),
            rollout = JobJson.Write(request.JobExecutionsRolloutConfig),
            abort = JobJson.Write(request.AbortConfig),
            timeoutConfig = JobJson.Write(request.TimeoutConfig),
            retry = JobJson.Write(request.JobExecutionsRetryConfig),
            scheduling = JobJson.Write(request.SchedulingConfig),
            packages = JobJson.Write(request.DestinationPackageVersions),
            request.JobTemplateArn,
            controls = request.Controls is { } controls && controls != JobControls.None ? JobJson.Write(controls) : null,
            parameters = request.DocumentParameters is { Count: > 0 } ? JobJson.Write(request.DocumentParameters) : null,
            document.ForDevices,
            document.Text,
        });
}
