namespace Godwit.Core.Jobs;

/// <summary>Which failures a criterion counts.</summary>
public enum FailureType
{
    Failed,
    Rejected,
    TimedOut,

    /// <summary>The three others together.</summary>
    All,
}

/// <summary>A job stops when failures of a type make up a percentage (two decimals) of at least so many executed things.</summary>
public sealed record AbortCriterion(FailureType FailureType, double ThresholdPercentage, int MinNumberOfExecutedThings);

/// <summary>Has this job failed enough to stop? AWS: Jobs > Abort.</summary>
public static class AbortRule
{
    /// <summary>The place (from 0) of the first criterion that holds, or null.</summary>
    public static int? FirstThatHolds(IReadOnlyList<AbortCriterion> criteria, JobCounts counts)
    {
        for (var i = 0; i < criteria.Count; i++)
            if (Holds(criteria[i], counts))
                return i;
        return null;
    }

    private static bool Holds(AbortCriterion criterion, JobCounts counts)
    {
        var executed = counts.Executed;
        // Hundredths of a percent as whole numbers: 33.33 % of 3 must not depend on the rounding of doubles.
        var threshold = (long)Math.Round(criterion.ThresholdPercentage * 100);
        return executed > 0 && executed >= criterion.MinNumberOfExecutedThings && Failures(criterion.FailureType, counts) * 10_000 >= threshold * executed;
    }

    private static long Failures(FailureType type, JobCounts counts) => type switch
    {
        FailureType.Failed => counts.Failed,
        FailureType.Rejected => counts.Rejected,
        FailureType.TimedOut => counts.TimedOut,
        FailureType.All => counts.Failed + counts.Rejected + counts.TimedOut,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
