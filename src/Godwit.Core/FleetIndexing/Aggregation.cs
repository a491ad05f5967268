namespace Godwit.Core.FleetIndexing;

/// <summary>Numbers of a fleet as GetStatistics gives them: of a population, not of a sample.</summary>
public sealed record NumberStatistics(int Count, double Sum, double Minimum, double Maximum, double SumOfSquares)
{
    public double Average => Sum / Count;

    /// <summary>Never below nought, which rounding could otherwise bring about.</summary>
    public double Variance => Math.Max(0, SumOfSquares / Count - Average * Average);

    public double StandardDeviation => Math.Sqrt(Variance);

    /// <summary>Null where there is no number.</summary>
    public static NumberStatistics? Of(IEnumerable<double> numbers)
    {
        NumberStatistics? sum = null;
        foreach (var number in numbers)
            sum = sum is null
                ? new NumberStatistics(1, number, number, number, number * number)
                : new NumberStatistics(
                    sum.Count + 1, sum.Sum + number, Math.Min(sum.Minimum, number), Math.Max(sum.Maximum, number), sum.SumOfSquares + number * number);
        return sum;
    }
}

/// <summary>Percentiles as GetPercentiles gives them.</summary>
public static class Percentiles
{
    /// <summary>AWS: the percents that are answered when none are named.</summary>
    public static IReadOnlyList<double> Usual { get; } = [1, 5, 25, 50, 75, 95, 99];

    /// <summary>The value at each percent, between the two nearest ranks in proportion; none where there is no number.</summary>
    public static IReadOnlyList<(double Percent, double Value)> Of(IEnumerable<double> numbers, IReadOnlyList<double> percents)
    {
        var sorted = numbers.Order().ToArray();
        return sorted.Length == 0 ? [] : [.. percents.Select(percent => (percent, At(sorted, percent)))];
    }

    private static double At(double[] sorted, double percent)
    {
        var place = percent / 100 * (sorted.Length - 1);
        var (below, above) = (sorted[(int)Math.Floor(place)], sorted[(int)Math.Ceiling(place)]);
        return below + (above - below) * (place - Math.Floor(place));
    }
}
