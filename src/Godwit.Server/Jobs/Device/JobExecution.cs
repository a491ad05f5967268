namespace Godwit.Server.Jobs.Device;

/// <summary>An execution as the HTTP data plane gives it: times in whole seconds, the document as a text.</summary>
public sealed record JobExecution
{
    public required string JobId { get; init; }

    public required string ThingName { get; init; }

    public required string Status { get; init; }

    public IReadOnlyDictionary<string, string>? StatusDetails { get; init; }

    public long QueuedAt { get; init; }

    public long? StartedAt { get; init; }

    public long LastUpdatedAt { get; init; }

    public long? ApproximateSecondsBeforeTimedOut { get; init; }

    public long VersionNumber { get; init; }

    public long ExecutionNumber { get; init; }

    public string? JobDocument { get; init; }

    internal static JobExecution? From(ShownExecution? shown) => shown is null ? null : new JobExecution
    {
        JobId = shown.JobId,
        ThingName = shown.ThingName,
        Status = shown.Status,
        StatusDetails = StatusDetailsJson.Read(shown.StatusDetails),
        QueuedAt = shown.QueuedAt,
        StartedAt = shown.StartedAt,
        LastUpdatedAt = shown.LastUpdatedAt,
        ApproximateSecondsBeforeTimedOut = shown.SecondsLeft,
        VersionNumber = shown.VersionNumber,
        ExecutionNumber = shown.ExecutionNumber,
        JobDocument = shown.Document,
    };
}
