using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs.Templates;

/// <summary>Completes a CreateJob request by the template that it names: members of the request replace the template's as a whole; the description is not inherited.</summary>
internal static class TemplateOfJob
{
    public static Result<CreateJob.Request> Apply(ReadSession session, Caller caller, CreateJob.Request request)
    {
        if (request.JobTemplateArn is null)
            return request.DocumentParameters is { Count: > 0 } ? ParametersWithoutTemplate : request;
        if (Arn.Parse(request.JobTemplateArn) is not { Service: "iot" } arn)
            return Errors.InvalidRequest($"jobTemplateArn '{request.JobTemplateArn}' is not an ARN of a job template.");
        if (arn.ResourceType != "jobtemplate")
            return Errors.InvalidRequest($"Resource type should be jobtemplate but found invalid resource type {arn.ResourceType}");
        if (ManagedJobTemplates.Find(arn) is { } managed)
            return OfManaged(managed, request);
        if (request.DocumentParameters is { Count: > 0 })
            return ParametersWithoutTemplate;
        return arn.Account == caller.Account && JobTemplateRow.Find(session, caller.Account, arn.ResourceName) is { } row
            ? OfOwn(row, request)
            : JobTemplateRow.NotFound(arn.ResourceName);
    }

    private static ServiceError ParametersWithoutTemplate { get; } =
        Errors.InvalidRequest("documentParameters can be used with AWS managed templates only. Name one in jobTemplateArn, or leave documentParameters out.");

    private static CreateJob.Request OfOwn(JobTemplateRow row, CreateJob.Request request) => request with
    {
        Document = request.Document ?? (request.DocumentSource is null ? row.Document : null),
        PresignedUrlConfig = request.PresignedUrlConfig ?? JobJson.Read<PresignedUrlConfig>(row.PresignedUrlConfig),
        JobExecutionsRolloutConfig = request.JobExecutionsRolloutConfig ?? JobJson.Read<JobExecutionsRolloutConfig>(row.RolloutConfig),
        AbortConfig = request.AbortConfig ?? JobJson.Read<AbortConfig>(row.AbortConfig),
        TimeoutConfig = request.TimeoutConfig ?? JobJson.Read<TimeoutConfig>(row.TimeoutConfig),
        JobExecutionsRetryConfig = request.JobExecutionsRetryConfig ?? JobJson.Read<JobExecutionsRetryConfig>(row.RetryConfig),
        SchedulingConfig = Scheduling(request.SchedulingConfig, JobJson.Read<List<MaintenanceWindow>>(row.MaintenanceWindows)),
        DestinationPackageVersions = request.DestinationPackageVersions ?? JobJson.Read<List<string>>(row.DestinationPackageVersions),
    };

    private static SchedulingConfig? Scheduling(SchedulingConfig? asked, List<MaintenanceWindow>? windows) =>
        windows is null || asked?.MaintenanceWindows is not null ? asked : (asked ?? new SchedulingConfig()) with { MaintenanceWindows = windows };

    private static Result<CreateJob.Request> OfManaged(ManagedJobTemplate template, CreateJob.Request request)
    {
        var given = request.DocumentParameters ?? new Dictionary<string, string>();
        if (given.Keys.FirstOrDefault(key => template.Parameters.All(parameter => parameter.Key != key)) is { } unknown)
            return Errors.InvalidRequest(
                $"documentParameters names {unknown}, which the template {template.Name} does not have. It has {string.Join(", ", template.Parameters.Select(parameter => parameter.Key))}.");
        if (template.Parameters.FirstOrDefault(parameter => !parameter.Optional && !given.ContainsKey(parameter.Key)) is { } missing)
            return Errors.InvalidRequest($"documentParameters lacks {missing.Key}, which the template {template.Name} requires.");
        return request is { Document: null, DocumentSource: null }
            ? request with { Document = DocumentParameters.Fill(template.Document, given) }
            : request;
    }
}
