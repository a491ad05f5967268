namespace Godwit.Bench.Measuring;

/// <summary>One round of one server: what was done in how long, and what it cost.</summary>
/// <param name="Count">Blocks or messages that came back whole.</param>
/// <param name="P99Microseconds">0 where no single operation was timed.</param>
public sealed record Sample(long Count, double Seconds, double ServerCpuSeconds, double GeneratorCpuSeconds, double P99Microseconds)
{
    public double PerSecond => Count / Seconds;

    public double ServerMicroseconds => ServerCpuSeconds * 1e6 / Math.Max(Count, 1);

    public double ServerBusy => ServerCpuSeconds / Seconds;

    public double GeneratorBusy => GeneratorCpuSeconds / Seconds;

    public static double Median(IEnumerable<Sample> samples, Func<Sample, double> of)
    {
        var sorted = samples.Select(of).Order().ToArray();
        var half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
