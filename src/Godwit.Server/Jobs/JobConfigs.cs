using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>A job's configs as the rules take them.</summary>
internal static class JobConfigs
{
    public static RolloutRate Rate(JobExecutionsRolloutConfig? config)
    {
        if (config?.MaximumPerMinute is not { } maximum)
            return RolloutRate.Default;
        if (config.ExponentialRate is not { RateIncreaseCriteria: { } criteria } rate)
            return new RolloutRate(maximum);
        var every = criteria.NumberOfSucceededThings is { } succeeded ? new RateStep(succeeded, true) : new RateStep(criteria.NumberOfNotifiedThings ?? 1, false);
        return new RolloutRate(maximum, new RateGrowth(rate.BaseRatePerMinute, rate.IncrementFactor, every));
    }

    public static List<AbortCriterion> Criteria(AbortConfig? config) =>
        [.. (config?.CriteriaList ?? []).Select(c => new AbortCriterion(Failure(c.FailureType), c.ThresholdPercentage, c.MinNumberOfExecutedThings))];

    public static RetryPolicy Retries(JobExecutionsRetryConfig? config)
    {
        var retries = (config?.CriteriaList ?? []).ToDictionary(criterion => criterion.FailureType, criterion => criterion.NumberOfRetries);
        return retries.TryGetValue("ALL", out var all)
            ? RetryPolicy.ForAll(all)
            : new RetryPolicy(retries.GetValueOrDefault("FAILED"), retries.GetValueOrDefault("TIMED_OUT"), false);
    }

    public static JobControls Controls(JobRow job) => JobJson.Read<JobControls>(job.Controls) ?? JobControls.None;

    /// <summary>When an execution that is queued now has waited too long, in Unix milliseconds; null for never.</summary>
    public static long? QueuedDeadline(JobRow job, long nowMs) => job.Controls is null ? null : Controls(job).QueuedTimeoutMinutes is { } minutes ? nowMs + (minutes * 60_000L) : null;

    /// <summary>Whether the runner must look at every execution that ends, not only at the last.</summary>
    public static bool Watched(AbortConfig? abort, JobExecutionsRolloutConfig? rollout, JobControls? controls) =>
        controls is { IsPacedByEndings: true } || abort is not null || rollout?.ExponentialRate?.RateIncreaseCriteria?.NumberOfSucceededThings is not null;

    private static FailureType Failure(string wire) => wire switch
    {
        "FAILED" => FailureType.Failed,
        "REJECTED" => FailureType.Rejected,
        "TIMED_OUT" => FailureType.TimedOut,
        "ALL" => FailureType.All,
        _ => throw new ArgumentOutOfRangeException(nameof(wire), wire, null),
    };
}
