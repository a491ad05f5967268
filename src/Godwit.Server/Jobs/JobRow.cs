using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>A row of <c>job</c> without its documents.</summary>
internal sealed record JobRow
{
    /// <summary>The columns this record is filled from.</summary>
    public const string Columns =
        """
        j.job_key, j.account, j.job_id, j.region, j.status, j.target_selection, j.created_at_ms, j.last_updated_at_ms, j.completed_at_ms,
        j.force_canceled, j.reason_code, j.comment, j.description, j.namespace_id, j.job_template_arn, j.document_source, j.presigned_url_config,
        j.rollout_config, j.abort_config, j.timeout_config, j.retry_config, j.scheduling_config, j.document_parameters, j.destination_package_versions,
        j.controls, j.paused
        """;

    public long JobKey { get; init; }

    public string Account { get; init; } = "";

    public string JobId { get; init; } = "";

    public string Region { get; init; } = "";

    public JobStatus Status { get; init; }

    public string TargetSelection { get; init; } = "";

    public long CreatedAtMs { get; init; }

    public long LastUpdatedAtMs { get; init; }

    public long? CompletedAtMs { get; init; }

    public long ForceCanceled { get; init; }

    public string? ReasonCode { get; init; }

    public string? Comment { get; init; }

    public string? Description { get; init; }

    public string? NamespaceId { get; init; }

    public string? JobTemplateArn { get; init; }

    public string? DocumentSource { get; init; }

    public string? PresignedUrlConfig { get; init; }

    public string? RolloutConfig { get; init; }

    public string? AbortConfig { get; init; }

    public string? TimeoutConfig { get; init; }

    public string? RetryConfig { get; init; }

    public string? SchedulingConfig { get; init; }

    public string? DocumentParameters { get; init; }

    public string? DestinationPackageVersions { get; init; }

    /// <summary>JSON of <see cref="JobControls"/>, or null for none.</summary>
    public string? Controls { get; init; }

    public long Paused { get; init; }

    public string Arn => Core.Arn.Iot(Region, Account, "job/" + JobId).ToString();
}
