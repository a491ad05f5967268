using System.Diagnostics;

namespace Godwit.Bench.Measuring;

/// <summary>Takes one sample: lets the load warm up, then counts work and processor time between two moments.</summary>
public static class Meter
{
    /// <param name="servers">Processes whose time the work is charged to.</param>
    /// <param name="count">Work done so far.</param>
    /// <param name="begin">Called at the first moment, to forget what was timed while warming up.</param>
    /// <param name="p99Ticks">Asked after the second moment.</param>
    public static async Task<Sample> Take(
        IReadOnlyList<int> servers, double warmSeconds, double seconds, Func<long> count, Action begin, Func<double> p99Ticks, Task load)
    {
        await Pass(warmSeconds, load);
        begin();
        var (count0, server0, own0, start) = (count(), ProcessCpu.Seconds(servers), Own(), Stopwatch.GetTimestamp());
        await Pass(seconds, load);
        var (count1, server1, own1, elapsed) = (count(), ProcessCpu.Seconds(servers), Own(), Stopwatch.GetElapsedTime(start));
        return new Sample(
            count1 - count0, elapsed.TotalSeconds, server1 - server0, own1 - own0, p99Ticks() * 1e6 / Stopwatch.Frequency);
    }

    private static double Own()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>A load that ends early has failed, and says why.</summary>
    private static async Task Pass(double seconds, Task load)
    {
        if (await Task.WhenAny(load, Task.Delay(TimeSpan.FromSeconds(seconds))) == load)
        {
            await load;
            throw new InvalidOperationException("The load ended before the measurement.");
        }
    }
}
