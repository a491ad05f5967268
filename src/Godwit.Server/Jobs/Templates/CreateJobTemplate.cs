using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Jobs.Templates;

/// <summary>CreateJobTemplate — PUT /job-templates/{jobTemplateId}: from members of its own, or from a job with some of them replaced.</summary>
public sealed class CreateJobTemplate(Database database, JobDocumentSource sources) : IOperation<CreateJobTemplate.Request, CreateJobTemplate.Response>
{
    public sealed record Request : IJobTerms
    {
        public required string JobTemplateId { get; init; }

        public string? JobArn { get; init; }

        public string? DocumentSource { get; init; }

        public string? Document { get; init; }

        public required string Description { get; init; }

        public PresignedUrlConfig? PresignedUrlConfig { get; init; }

        public JobExecutionsRolloutConfig? JobExecutionsRolloutConfig { get; init; }

        public AbortConfig? AbortConfig { get; init; }

        public TimeoutConfig? TimeoutConfig { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }

        public JobExecutionsRetryConfig? JobExecutionsRetryConfig { get; init; }

        public IReadOnlyList<MaintenanceWindow>? MaintenanceWindows { get; init; }

        public IReadOnlyList<string>? DestinationPackageVersions { get; init; }
    }

    public sealed record Response
    {
        public required string JobTemplateArn { get; init; }

        public required string JobTemplateId { get; init; }
    }

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var filled = await database.Read(session => FromJob(session, caller.Account, request), ct);
        if (!filled.IsOk)
            return filled.Error;
        request = filled.Value;
        if (Refuse(request) is { } refusal)
            return refusal;
        var text = request.DocumentSource is { } source ? await sources.Read(caller.Account, source, ct) : request.Document!;
        // Whether a role is named is the job's affair.
        var document = text.Then(json => JobDocument.Parse(json, new PresignedUrlConfig { RoleArn = "" }));
        return document.IsOk ? await database.Change(session => Insert(session, caller, request, document.Value.Text), ct) : document.Error;
    }

    /// <summary>What the request leaves open is as the job has it.</summary>
    private static Result<Request> FromJob(ReadSession session, string account, Request request)
    {
        if (request.JobArn is null)
            return request;
        if (Arn.Parse(request.JobArn) is not { ResourceType: "job" } arn || arn.Account != account || JobStore.Find(session, account, arn.ResourceName) is not { } job)
            return Errors.ResourceNotFound($"Job {request.JobArn} cannot be found.");
        var own = request.Document is not null || request.DocumentSource is not null;
        return request with
        {
            Document = own ? request.Document : session.First<string>("SELECT document FROM job WHERE job_key = @JobKey", new { job.JobKey }),
            PresignedUrlConfig = request.PresignedUrlConfig ?? JobJson.Read<PresignedUrlConfig>(job.PresignedUrlConfig),
            JobExecutionsRolloutConfig = request.JobExecutionsRolloutConfig ?? JobJson.Read<JobExecutionsRolloutConfig>(job.RolloutConfig),
            AbortConfig = request.AbortConfig ?? JobJson.Read<AbortConfig>(job.AbortConfig),
            TimeoutConfig = request.TimeoutConfig ?? JobJson.Read<TimeoutConfig>(job.TimeoutConfig),
            JobExecutionsRetryConfig = request.JobExecutionsRetryConfig ?? JobJson.Read<JobExecutionsRetryConfig>(job.RetryConfig),
            MaintenanceWindows = request.MaintenanceWindows ?? JobJson.Read<SchedulingConfig>(job.SchedulingConfig)?.MaintenanceWindows,
            DestinationPackageVersions = request.DestinationPackageVersions ?? JobJson.Read<List<string>>(job.DestinationPackageVersions),
        };
    }

    // The template has no target selection; the job that is made of it must be CONTINUOUS.
    private static ServiceError? Refuse(Request request) =>
        JobConfigCheck.Terms(request) ?? JobSchedules.Windows(request.MaintenanceWindows, "CONTINUOUS");

    private static Result<Response> Insert(WriteSession session, Caller caller, Request request, string document)
    {
        var resource = "jobtemplate/" + request.JobTemplateId;
        if (JobTemplateRow.Find(session, caller.Account, request.JobTemplateId) is not null)
            return new ServiceError("ConflictException", 409, $"Job Template {request.JobTemplateId} already exists.");
        var tagged = ResourceTags.Put(session, caller.Account, resource, request.Tags);
        if (!tagged.IsOk)
            return tagged.Error;
        session.Execute(
            """
            INSERT INTO job_template (
              account, template_id, region, created_at_ms, description, document_source, presigned_url_config, rollout_config, abort_config, timeout_config,
              retry_config, maintenance_windows, destination_package_versions, document)
            VALUES (
              @Account, @JobTemplateId, @Region, @now, @Description, @DocumentSource, @presigned, @rollout, @abort, @timeout, @retry, @windows, @packages, @document)
            """,
            new
            {
                caller.Account,
                request.JobTemplateId,
                caller.Region,
                now = session.NowMs,
                request.Description,
                request.DocumentSource,
                presigned = JobJson.Write(request.PresignedUrlConfig),
                rollout = JobJson.Write(request.JobExecutionsRolloutConfig),
                abort = JobJson.Write(request.AbortConfig),
                timeout = JobJson.Write(request.TimeoutConfig),
                retry = JobJson.Write(request.JobExecutionsRetryConfig),
                windows = JobJson.Write(request.MaintenanceWindows),
                packages = JobJson.Write(request.DestinationPackageVersions),
                document,
            });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(CreateJobTemplate), resource, null, "ACTIVE"));
        return new Response { JobTemplateArn = caller.IotArn(resource), JobTemplateId = request.JobTemplateId };
    }
}
