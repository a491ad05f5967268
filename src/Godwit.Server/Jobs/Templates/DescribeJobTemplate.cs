using System.Text.Json.Serialization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs.Templates;

/// <summary>DescribeJobTemplate — GET /job-templates/{jobTemplateId}. AWS writes three of the configs also where nothing was given, with nulls in them.</summary>
public sealed class DescribeJobTemplate(Database database) : IOperation<DescribeJobTemplate.Request, DescribeJobTemplate.Response>
{
    public sealed record Request
    {
        public required string JobTemplateId { get; init; }
    }

    public sealed record Response
    {
        public required string JobTemplateArn { get; init; }

        public required string JobTemplateId { get; init; }

        public required string Description { get; init; }

        public string? DocumentSource { get; init; }

        public required string Document { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public required Presigning PresignedUrlConfig { get; init; }

        public required Rollout JobExecutionsRolloutConfig { get; init; }

        public AbortConfig? AbortConfig { get; init; }

        public required Timeout TimeoutConfig { get; init; }

        public JobExecutionsRetryConfig? JobExecutionsRetryConfig { get; init; }

        public IReadOnlyList<MaintenanceWindow>? MaintenanceWindows { get; init; }

        public IReadOnlyList<string>? DestinationPackageVersions { get; init; }
    }

    public sealed record Presigning(
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? RoleArn,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? ExpiresInSec);

    public sealed record Rollout(
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? MaximumPerMinute,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] ExponentialRolloutRate? ExponentialRate);

    public sealed record Timeout([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? InProgressTimeoutInMinutes);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(
        session => JobTemplateRow.Find(session, caller.Account, request.JobTemplateId) is { } row ? Describe(row) : JobTemplateRow.NotFound(request.JobTemplateId),
        ct);

    private static Response Describe(JobTemplateRow row)
    {
        var presigned = JobJson.Read<PresignedUrlConfig>(row.PresignedUrlConfig);
        var rollout = JobJson.Read<JobExecutionsRolloutConfig>(row.RolloutConfig);
        return new Response
        {
            JobTemplateArn = row.Arn,
            JobTemplateId = row.TemplateId,
            Description = row.Description,
            DocumentSource = row.DocumentSource,
            Document = row.Document,
            CreatedAt = JobTime.At(row.CreatedAtMs),
            PresignedUrlConfig = new Presigning(presigned?.RoleArn, presigned?.ExpiresInSec),
            JobExecutionsRolloutConfig = new Rollout(rollout?.MaximumPerMinute, rollout?.ExponentialRate),
            AbortConfig = JobJson.Read<AbortConfig>(row.AbortConfig),
            TimeoutConfig = new Timeout(JobJson.Read<TimeoutConfig>(row.TimeoutConfig)?.InProgressTimeoutInMinutes),
            JobExecutionsRetryConfig = JobJson.Read<JobExecutionsRetryConfig>(row.RetryConfig),
            MaintenanceWindows = JobJson.Read<List<MaintenanceWindow>>(row.MaintenanceWindows),
            DestinationPackageVersions = JobJson.Read<List<string>>(row.DestinationPackageVersions),
        };
    }
}
