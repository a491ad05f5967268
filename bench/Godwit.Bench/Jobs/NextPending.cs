using System.Diagnostics;
using Godwit.Bench.Measuring;
using Godwit.Server.Jobs.Device;

namespace Godwit.Bench.Jobs;

/// <summary>What a thing has to do next (<c>$next</c>) among all executions on file, against reading one of them by its whole key.</summary>
public static class NextPending
{
    private const int JobsOnFile = 100;

    public static async Task<IEnumerable<JobsRow>> Measure(JobsStack stack, int executions, BenchOptions options, CancellationToken ct)
    {
        var things = Math.Max(1, executions / JobsOnFile);
        await FleetTables.Things(stack, "everybody", things, ct);
        await FleetTables.History(stack, things, JobsOnFile, ct);
        var newest = await stack.Database.Read(session => session.First<long>("SELECT MAX(job_key) FROM job"), ct);
        var (next, ours, bares) = (stack.Get<DescribeJobExecution>(), new LatencyHistogram(), new LatencyHistogram());
        using var bare = new BareTable(stack);
        var random = new Random(1);
        for (var round = -1; round < options.Rounds; round++)
        {
            var asked = Enumerable.Range(0, options.Smoke ? 100 : 2_000).Select(_ => FleetTables.Thing(random.Next(things))).ToList();
            var times = new LatencyHistogram();
            foreach (var thing in asked)
            {
                var begun = Stopwatch.GetTimestamp();
                var answer = await next.Handle(JobsStack.Device, new DescribeJobExecution.Request { ThingName = thing, JobId = DescribeJobExecution.Next }, ct);
                times.Record(Stopwatch.GetTimestamp() - begun);
                if (answer.Value?.Execution is null)
                    throw new InvalidOperationException($"{thing} has nothing to do.");
            }
            var read = bare.ReadByKey(asked, newest);
            if (round < 0)
                continue;
            ours.Add(times);
            bares.Add(read);
        }
        return
        [
            new JobsRow(
                "next pending job of a thing", $"{executions:N0} executions", stack.Name, UpdateRate.Microseconds(ours, 0.5), "µs", UpdateRate.Microseconds(ours),
                "bare SELECT by key", UpdateRate.Microseconds(bares, 0.5), UpdateRate.Microseconds(bares)),
        ];
    }
}
