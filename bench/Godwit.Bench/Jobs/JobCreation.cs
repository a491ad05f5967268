using System.Diagnostics;
using Godwit.Bench.Measuring;
using Godwit.Server.Jobs;

namespace Godwit.Bench.Jobs;

/// <summary>From CreateJob to a snapshot that is resolved, by itself and while devices report beside it; against one bare INSERT … SELECT of as many rows.</summary>
public static class JobCreation
{
    public static async Task<IEnumerable<JobsRow>> Measure(JobsStack stack, BenchOptions options, CancellationToken ct)
    {
        var things = options.Things;
        await FleetTables.Things(stack, "million", things, ct);
        await FleetTables.QueuedJob(stack, "updates", things, ct);
        var (alone, beside, bares, times, next) = (new List<double>(), new List<double>(), new List<double>(), new LatencyHistogram(), 0);
        for (var round = 0; round < Math.Min(3, options.Rounds); round++)
        {
            using (var bare = new BareTable(stack))
                bares.Add(bare.CopyMembers("million"));
            alone.Add(await Create(stack, $"alone-{round}", things, ct));
            var creation = Create(stack, $"created-{round}", things, ct);
            // Devices that report meanwhile, not so many that they take the writer for themselves.
            while (!creation.IsCompleted)
                times.Add((await UpdateRate.Report(stack, 4, 0.1, () => Interlocked.Increment(ref next) - 1, things, ct)).Times);
            beside.Add(await creation);
        }
        return
        [
            new JobsRow("job created and resolved", $"{things:N0} things", stack.Name, UpdateRate.Median(alone), "s", alone.Max(), "bare INSERT … SELECT", UpdateRate.Median(bares), bares.Max()),
            new JobsRow("the same while devices report", $"{things:N0} things", stack.Name, UpdateRate.Median(beside), "s", beside.Max(), "bare INSERT … SELECT", UpdateRate.Median(bares), bares.Max()),
            new JobsRow("a report while it is created", $"{things:N0} things", stack.Name, UpdateRate.Microseconds(times, 0.5), "µs", UpdateRate.Microseconds(times), "", 0, 0),
        ];
    }

    private static async Task<double> Create(JobsStack stack, string jobId, int things, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var made = await stack.Get<CreateJob>().Handle(
            JobsStack.Operator, new CreateJob.Request { JobId = jobId, Targets = [JobsStack.Operator.IotArn("thinggroup/million")], Document = """{"do":"it"}""" }, ct);
        if (!made.IsOk)
            throw new InvalidOperationException(made.Error.Message);
        await stack.Get<JobRunner>().RunDue(ct);
        var seconds = watch.Elapsed.TotalSeconds;
        var pending = await stack.Database.Read(
            session => session.First<long>("SELECT p.pending + p.queued FROM job_progress p JOIN job j ON j.job_key = p.job_key WHERE j.job_id = @jobId AND p.expanding = 0", new { jobId }), ct);
        return pending == things ? seconds : throw new InvalidOperationException($"{jobId} has {pending} of {things} things.");
    }
}
