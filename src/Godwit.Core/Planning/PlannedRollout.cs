using Godwit.Core.Jobs;

namespace Godwit.Core.Planning;

/// <summary>What of a job decides how it rolls out.</summary>
/// <param name="TimeoutMinutes">The in-progress timer, or null for none.</param>
/// <param name="PresignSeconds">How long a device's URL is good, or null where it downloads by MQTT.</param>
/// <param name="RateIsDefault">The request named no rate.</param>
public sealed record PlannedRollout(
    RolloutRate Rate, IReadOnlyList<AbortCriterion> Abort, int? TimeoutMinutes, bool Continuous, long? PresignSeconds = null, bool RateIsDefault = false)
{
    /// <summary>Stages and the cap on devices in flight; null for none.</summary>
    public JobControls? Controls { get; init; }

    /// <summary>Members of the request that the simulation leaves out.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}
