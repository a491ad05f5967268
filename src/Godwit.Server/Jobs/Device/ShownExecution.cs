using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs.Device;

/// <summary>An execution as a device sees it; times in whole seconds. MQTT and HTTP write the same facts in their own forms.</summary>
internal sealed record ShownExecution(
    string JobId,
    string ThingName,
    string Status,
    string? StatusDetails,
    long QueuedAt,
    long? StartedAt,
    long LastUpdatedAt,
    long? SecondsLeft,
    long VersionNumber,
    long ExecutionNumber,
    string? Document)
{
    public static ShownExecution Of(JobExecutionRow row, string? document, DateTimeOffset now) => new(
        row.JobId, row.ThingName, row.Status.Wire(), row.StatusDetails, JobTime.Seconds(row.QueuedAtMs), JobTime.Seconds(row.StartedAtMs),
        JobTime.Seconds(row.LastUpdatedAtMs), row.Timers.SecondsLeft(now), row.Version, row.ExecutionNumber, document);
}

/// <summary>Status, details and version: what a reply carries on demand, and a refusal that the present state explains.</summary>
internal sealed record ShownState(string Status, string? StatusDetails, long VersionNumber)
{
    public static ShownState Of(JobExecutionRow row) => new(row.Status.Wire(), row.StatusDetails, row.Version);
}
