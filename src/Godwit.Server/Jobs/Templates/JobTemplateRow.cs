using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs.Templates;

/// <summary>A row of <c>job_template</c>.</summary>
internal sealed record JobTemplateRow
{
    public string Account { get; init; } = "";

    public string TemplateId { get; init; } = "";

    public string Region { get; init; } = "";

    public long CreatedAtMs { get; init; }

    public string Description { get; init; } = "";

    public string? DocumentSource { get; init; }

    public string? PresignedUrlConfig { get; init; }

    public string? RolloutConfig { get; init; }

    public string? AbortConfig { get; init; }

    public string? TimeoutConfig { get; init; }

    public string? RetryConfig { get; init; }

    public string? MaintenanceWindows { get; init; }

    public string? DestinationPackageVersions { get; init; }

    public string Document { get; init; } = "";

    public string Arn => Core.Arn.Iot(Region, Account, "jobtemplate/" + TemplateId).ToString();

    public static JobTemplateRow? Find(ReadSession session, string account, string templateId) => session.First<JobTemplateRow>(
        "SELECT * FROM job_template WHERE account = @account AND template_id = @templateId", new { account, templateId });

    public static ServiceError NotFound(string templateId) => Errors.ResourceNotFound($"Job Template {templateId} cannot be found.");
}
