using Godwit.Core.Jobs;
using Godwit.Server.Jobs.Progress;

namespace Godwit.Pages.OtaUpdates;

/// <summary>When a growing rate was earned, read off the actual curve by the rule that gives it.</summary>
public static class RateSteps
{
    private const int Max = 12;

    public static IReadOnlyList<(double Second, int PerMinute)> Of(DescribeJobProgress.Response progress)
    {
        if (progress.Rate is not { BasePerMinute: { } start, Factor: { } factor, EveryThings: { } every, BySucceeded: { } bySucceeded, MaximumPerMinute: var maximum })
            return [];
        var rate = new RolloutRate(maximum, new RateGrowth(start, factor, new RateStep(every, bySucceeded)));
        var scale = progress.IsSample ? (double)progress.Counts.All / Math.Max(1, progress.Scanned) : 1;
        var steps = new List<(double Second, int PerMinute)> { (0, rate.PerMinute(0, 0)) };
        foreach (var point in progress.Curve)
        {
            var now = rate.PerMinute((long)(point.Started * scale), (long)(point.Succeeded * scale));
            if (now != steps[^1].PerMinute && steps.Count < Max)
                steps.Add((point.AtSecond, now));
        }
        return steps;
    }
}
