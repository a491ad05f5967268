namespace Godwit.Core.Planning;

/// <summary>A forecast: one run told in full, and how far runs of other seeds differ from it.</summary>
/// <param name="Run">The run of the seed itself.</param>
/// <param name="Runs">How many were made, that one included; 1 where nothing depends on the seed.</param>
/// <param name="EndedAtSecond">When the job completed or was canceled; null for a quantile at which it did neither.</param>
/// <param name="Hurt">Devices hurt by then.</param>
/// <param name="AbortedShare">Share of the runs in which an abort rule stopped the job.</param>
public sealed record Forecast(int Devices, ulong Seed, ForecastRun Run, int Runs, Quantiles EndedAtSecond, Quantiles Hurt, double AbortedShare)
{
    private const int RunsMax = 20;

    /// <summary>Devices over all runs, so that a large fleet's forecast takes about as long as a small one's.</summary>
    private const int DevicesOverRuns = 3_000_000;

    /// <param name="each">Makes the runs, which have nothing in common; one after the other if left out.</param>
    public static Forecast Make(PlannedRollout rollout, FleetModel model, int devices, ulong seed, EachRun? each = null)
    {
        var runs = new ForecastRun[model.IsRandom ? Math.Clamp(DevicesOverRuns / devices, 2, RunsMax) : 1];
        (each ?? OneByOne)(runs.Length, place => runs[place] = RolloutForecast.Run(rollout, model, devices, seed + (ulong)place, record: place == 0));
        return new Forecast(
            devices, seed, runs[0], runs.Length, Quantiles.Of(runs.Select(run => (long?)run.EndedAtSecond)), Quantiles.Of(runs.Select(run => (long?)run.Hurt)),
            (double)runs.Count(run => run.AbortedBy is not null) / runs.Length);
    }

    private static void OneByOne(int count, Action<int> run)
    {
        for (var place = 0; place < count; place++)
            run(place);
    }
}

/// <summary>Makes so many runs by their places, in any order or at once.</summary>
public delegate void EachRun(int count, Action<int> run);

/// <summary>By the nearest rank: values that occurred. Null stands for never, and is larger than any number.</summary>
public readonly record struct Quantiles(long? P10, long? P50, long? P90)
{
    public static Quantiles Of(IEnumerable<long?> values)
    {
        var sorted = values.Order(Comparer<long?>.Create((a, b) => (a ?? long.MaxValue).CompareTo(b ?? long.MaxValue))).ToList();
        return new Quantiles(At(10), At(50), At(90));

        long? At(int percent) => sorted[Math.Max(1, ((sorted.Count * percent) + 99) / 100) - 1];
    }
}
