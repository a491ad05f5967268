namespace Godwit.Core.Jobs;

/// <summary>How many executions a minute may start: constant, or growing from a base. AWS: Jobs > Rollout rates.</summary>
/// <param name="MaximumPerMinute">The rate, or the cap of a growing one.</param>
public sealed record RolloutRate(int MaximumPerMinute, RateGrowth? Growth = null)
{
    /// <summary>AWS: the rate of a job that names none.</summary>
    public static RolloutRate Default { get; } = new(1000);

    /// <summary>The rate after so many things were notified and so many executions have succeeded.</summary>
    public int PerMinute(long notified, long succeeded)
    {
        if (Growth is null)
            return MaximumPerMinute;
        var steps = (Growth.Every.BySucceeded ? succeeded : notified) / Growth.Every.Things;
        // Step by step: a power would be past all bounds for a job of a million things, the cap is reached long before.
        var rate = (double)Growth.BasePerMinute;
        for (var i = 0L; i < steps && rate < MaximumPerMinute; i++)
            rate *= Growth.Factor;
        return Math.Clamp((int)rate, 1, MaximumPerMinute);
    }
}

/// <summary>The base rate is multiplied by <paramref name="Factor"/> each time <paramref name="Every"/> is met again.</summary>
public sealed record RateGrowth(int BasePerMinute, double Factor, RateStep Every);

/// <summary>So many things notified, or so many executions succeeded.</summary>
public readonly record struct RateStep(int Things, bool BySucceeded);
