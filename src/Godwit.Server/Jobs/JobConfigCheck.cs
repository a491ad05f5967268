using Godwit.Core;
using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>What the configs of a job must mean beyond the constraints of the model, in AWS's measured words.</summary>
internal static class JobConfigCheck
{
    private const int MinutesMax = 10080;

    private const int PackagesMax = 25;

    /// <summary>AWS: Jobs > Rollout rates: a job's ceiling.</summary>
    private const int PerMinuteMax = 1000;

    /// <summary>What a job and a template are refused for alike.</summary>
    public static ServiceError? Terms(IJobTerms terms)
    {
        if (terms is { Document: not null, DocumentSource: not null })
            return JobErrors.DocumentAndSource;
        if (terms is { Document: null, DocumentSource: null })
            return JobErrors.NoDocument;
        return Role(terms.PresignedUrlConfig)
            ?? Packages(terms.DestinationPackageVersions)
            ?? Rollout(terms.JobExecutionsRolloutConfig)
            ?? Timeout(terms.TimeoutConfig)
            ?? Abort(terms.AbortConfig)
            ?? Retry(terms.JobExecutionsRetryConfig, terms.TimeoutConfig);
    }

    public static ServiceError? Rollout(JobExecutionsRolloutConfig? config)
    {
        if (config is null)
            return null;
        if (config.MaximumPerMinute is not { } maximum)
            return Errors.InvalidRequest(config.ExponentialRate is null
                ? "Provide MaximumPerMinute value or provide ExponentialRate and MaximumPerMinute"
                : "Provide MaximumPerMinute value when ExponentialRate is defined");
        if (maximum > PerMinuteMax)
            return Errors.InvalidRequest(
                $"1 validation error detected: Value '{maximum}' at 'jobExecutionsRolloutConfig.maximumPerMinute' failed to satisfy constraint: Member must have value less than or equal to {PerMinuteMax}");
        return config.ExponentialRate is { } rate ? Exponential(rate, maximum) : null;
    }

    /// <summary>Whether the role may read the objects is seen when a URL is signed; here only that it is one.</summary>
    public static ServiceError? Role(PresignedUrlConfig? config) =>
        config?.RoleArn is { } role && Arn.ParseRole(role) is null ? Errors.InvalidRequest($"Given role {role} is invalid.") : null;

    /// <summary>AWS: CreateJob: at most 25 package versions.</summary>
    public static ServiceError? Packages(IReadOnlyList<string>? versions) => versions?.Count > PackagesMax
        ? Errors.InvalidRequest(
            $"1 validation error detected: Value '[{string.Join(", ", versions)}]' at 'destinationPackageVersions' failed to satisfy constraint: Member must have length less than or equal to {PackagesMax}")
        : null;

    public static ServiceError? Timeout(TimeoutConfig? config) =>
        config is null or { InProgressTimeoutInMinutes: >= 1 and <= MinutesMax }
            ? null
            : Errors.InvalidRequest($"Provide valid timeout value, inProgressTimeoutInMinutes cannot be {config.InProgressTimeoutInMinutes?.ToString() ?? "null"}.");

    public static ServiceError? Abort(AbortConfig? config)
    {
        foreach (var criterion in config?.CriteriaList ?? [])
        {
            var percentage = criterion.ThresholdPercentage;
            if (percentage is not (> 0 and <= 100))
                return Errors.InvalidRequest($"thresholdPercentage must be greater than 0 and at most 100, and is {percentage}.");
            if (Math.Abs(Math.Round(percentage, 2) - percentage) > 1e-9)
                return Errors.InvalidRequest($"thresholdPercentage can have two decimals, and is {percentage}.");
        }
        return null;
    }

    public static ServiceError? Retry(JobExecutionsRetryConfig? config, TimeoutConfig? timeout)
    {
        var criteria = config?.CriteriaList ?? [];
        if (criteria.Count > 1 && criteria.Any(criterion => criterion.FailureType == "ALL"))
            return Errors.InvalidRequest("A retryCriteria with failure type ALL must be used by itself.");
        if (criteria.Select(criterion => criterion.FailureType).Distinct().Count() != criteria.Count)
            return Errors.InvalidRequest("A failure type is given twice in retryCriteria. Name each failure type once.");
        if (criteria.Sum(criterion => criterion.NumberOfRetries) > RetryRule.RetriesMax)
            return Errors.InvalidRequest($"A thing can have {RetryRule.RetriesMax} retries over all failure types. Lower numberOfRetries.");
        if (timeout is null && criteria.Any(criterion => criterion is { FailureType: "TIMED_OUT", NumberOfRetries: > 0 }))
            return Errors.InvalidRequest("Retries for TIMED_OUT need a timeoutConfig, and none is given. Set timeoutConfig.inProgressTimeoutInMinutes.");
        return null;
    }

    /// <summary>AWS: UpdateJob: retries can be ended, never added; the failure types are those of the creation, in any order.</summary>
    public static ServiceError? RetryUpdate(JobExecutionsRetryConfig? stored, JobExecutionsRetryConfig? wanted)
    {
        if (wanted is null)
            return null;
        if (stored is null)
            return Errors.InvalidRequest("RetryConfig cannot be updated if the job has no RetryConfig defined during creation.");
        if (!stored.CriteriaList.Select(c => c.FailureType).Order().SequenceEqual(wanted.CriteriaList.Select(c => c.FailureType).Order()))
            return Errors.InvalidRequest("FailureTypes must match existing FailureTypes defined in RetryConfig.");
        return wanted.CriteriaList.Any(criterion => criterion.NumberOfRetries != 0)
            ? Errors.InvalidRequest("The number of retries cannot be updated to any number other than 0.")
            : null;
    }

    private static ServiceError? Exponential(ExponentialRolloutRate rate, int maximum)
    {
        if (rate.BaseRatePerMinute >= maximum)
            return Errors.InvalidRequest("Exponential rollout baseRatePerMinute should be less than maximumPerMinute.");
        if (rate.RateIncreaseCriteria is not { } criteria || (criteria.NumberOfNotifiedThings is null && criteria.NumberOfSucceededThings is null))
            return Errors.InvalidRequest("Provide either NumberOfNotifiedThings or NumberOfSucceededThings when RateIncreaseCriteria is defined");
        if (criteria is { NumberOfNotifiedThings: not null, NumberOfSucceededThings: not null })
            return Errors.InvalidRequest("Provide only one of NumberOfNotifiedThings or NumberOfSucceededThings when RateIncreaseCriteria is defined");
        return Math.Abs(Math.Round(rate.IncrementFactor, 1) - rate.IncrementFactor) > 1e-9
            ? Errors.InvalidRequest($"incrementFactor can have one decimal, and is {rate.IncrementFactor}.")
            : null;
    }
}
