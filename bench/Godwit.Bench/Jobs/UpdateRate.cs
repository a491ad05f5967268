using System.Diagnostics;
using Godwit.Bench.Measuring;
using Godwit.Server.Jobs.Device;

namespace Godwit.Bench.Jobs;

/// <summary>Durable reports of devices a second, many devices at once, each waiting for its answer; against row changes of the database alone.</summary>
public static class UpdateRate
{
    private const string Job = "updates";

    public static async Task<IEnumerable<JobsRow>> Measure(JobsStack stack, BenchOptions options, CancellationToken ct)
    {
        var rows = options.Smoke ? 4_000 : 400_000;
        await FleetTables.Things(stack, "updated", rows, ct);
        await FleetTables.QueuedJob(stack, Job, rows, ct);
        using var bare = new BareTable(stack);
        bare.MakeRows(rows);
        var (ours, grouped, single) = (new List<double>(), new List<double>(), new List<double>());
        var (oursTimes, groupedTimes, singleTimes) = (new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram());
        var next = 0;
        for (var round = -1; round < options.Rounds; round++)
        {
            var (rate, times) = await Report(stack, options.Devices, options.Seconds, () => Interlocked.Increment(ref next) - 1, rows, ct);
            var (groupedRate, groupedCommits) = bare.Update(rows, options.Devices, options.Seconds / 2);
            var (singleRate, singleCommits) = bare.Update(rows, 1, options.Seconds / 2);
            // The first is for what is compiled once.
            if (round < 0)
                continue;
            ours.Add(rate);
            grouped.Add(groupedRate);
            single.Add(singleRate);
            oursTimes.Add(times);
            groupedTimes.Add(groupedCommits);
            singleTimes.Add(singleCommits);
        }
        JobsRow Row(string limit, List<double> rates, LatencyHistogram commits) => new(
            "reports of devices, durable", $"{options.Devices} at once", stack.Name, Median(ours), "/s", Microseconds(oursTimes), limit, Median(rates), Microseconds(commits));
        return [Row($"bare UPDATEs, {options.Devices} in a commit", grouped, groupedTimes), Row("bare UPDATEs, a commit each", single, singleTimes)];
    }

    /// <summary>So many devices report IN_PROGRESS and SUCCEEDED, one thing after the other.</summary>
    public static async Task<(double PerSecond, LatencyHistogram Times)> Report(
        JobsStack stack, int devices, double seconds, Func<int> nextThing, int things, CancellationToken ct)
    {
        var (update, watch, all) = (stack.Get<UpdateJobExecution>(), Stopwatch.StartNew(), new LatencyHistogram());
        var done = 0L;
        await Task.WhenAll(Enumerable.Range(0, devices).Select(_ => Task.Run(
            async () =>
            {
                var times = new LatencyHistogram();
                var count = 0L;
                while (watch.Elapsed.TotalSeconds < seconds && nextThing() is var i && i < things)
                    foreach (var status in (string[])["IN_PROGRESS", "SUCCEEDED"])
                    {
                        var begun = Stopwatch.GetTimestamp();
                        var answer = await update.Handle(JobsStack.Device, new UpdateJobExecution.Request { ThingName = FleetTables.Thing(i), JobId = Job, Status = status }, ct);
                        times.Record(Stopwatch.GetTimestamp() - begun);
                        if (!answer.IsOk)
                            throw new InvalidOperationException($"{FleetTables.Thing(i)}: {answer.Error.Message}");
                        count++;
                    }
                lock (all)
                {
                    all.Add(times);
                    done += count;
                }
            },
            ct)));
        return (done / watch.Elapsed.TotalSeconds, all);
    }

    public static double Microseconds(LatencyHistogram times, double share = 0.99) => times.Percentile(share) * 1e6 / Stopwatch.Frequency;

    public static double Median(List<double> of)
    {
        var sorted = of.Order().ToArray();
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }
}
