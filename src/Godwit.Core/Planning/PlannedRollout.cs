using Godwit.Core.Jobs;

namespace Godwit.Core.Planning;

/// <summary>What of a job decides how it rolls out.</summary>
/// <param name="TimeoutMinutes">The in-progress timer, or null for none.</param>
/// <param name="PresignSeconds">How long a device's URL is good, or null where it downloads by MQTT.</param>
/// <param name="RateIsDefault">The request named no rate.</param>
public sealed record PlannedRollout(
    RolloutRate Rate, IReadOnlyList<AbortCriterion> Abort, int? TimeoutMinutes, bool Continuous, long? PresignSeconds = null, bool RateIsDefault = false)
{
    /// <summary>Stages, the cap on devices in flight and the time-out in the queue; null for none.</summary>
    public JobControls? Controls { get; init; }

    /// <summary>None by default.</summary>
    public RetryPolicy Retries { get; init; }

    public JobSchedule Schedule { get; init; } = JobSchedule.Always;

    /// <summary>When second zero is: the request's time, or its start time. It matters for a schedule only.</summary>
    public DateTimeOffset Zero { get; init; } = DateTimeOffset.UnixEpoch;
}
