using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Godwit.Server.Jobs;

namespace Godwit.Bench.Jobs;

/// <summary>What a process holds while a job of so many things is created, resolved and started for ten minutes: the same for a million as for ten thousand.</summary>
public static class RolloutMemory
{
    private const int Few = 10_000;
    private const int Minutes = 10;

    public static async Task<IEnumerable<JobsRow>> Measure(BenchOptions options, CancellationToken ct)
    {
        var (few, many) = (await InProcess(Few, ct), await InProcess(options.Things, ct));
        var size = $"{options.Things:N0} things";
        return
        [
            new JobsRow("managed heap at its peak in a rollout", size, "SQLite", many.Heap, "MiB", 0, $"the same with {Few:N0}", few.Heap, 0),
            new JobsRow("working set at its peak in a rollout", size, "SQLite", many.WorkingSet, "MiB", 0, $"the same with {Few:N0}", few.WorkingSet, 0),
        ];
    }

    /// <summary>The verb of the process that is looked at.</summary>
    public static async Task<int> Hold(BenchOptions options, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-bench-").FullName;
        try
        {
            await using var stack = new JobsStack(folder, null);
            await FleetTables.Things(stack, "all", options.Things, ct);
            using var peak = new Peak();
            await stack.Get<CreateJob>().Handle(
                JobsStack.Operator, new CreateJob.Request { JobId = "all", Targets = [JobsStack.Operator.IotArn("thinggroup/all")], Document = """{"do":"it"}""" }, ct);
            var runner = stack.Get<JobRunner>();
            for (var second = 0; second < Minutes * 60; second++)
            {
                await runner.RunDue(ct);
                stack.Clock.Advance(TimeSpan.FromSeconds(1));
            }
            var started = await stack.Database.Read(session => session.First<long>("SELECT queued FROM job_progress"), ct);
            if (started < Math.Min(options.Things, Few) * 9 / 10)
                throw new InvalidOperationException($"Only {started} were started.");
            Console.WriteLine(JsonSerializer.Serialize(peak.Read()));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Held> InProcess(int things, CancellationToken ct)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["rollout-memory", "--things", $"{things}"]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return JsonSerializer.Deserialize<Held>(said.Trim().Split('\n')[^1]) ?? throw new InvalidOperationException(said);
    }

    /// <summary>In MiB.</summary>
    private sealed record Held(double Heap, double WorkingSet);

    /// <summary>Looks every five milliseconds; the kernel keeps the working set's peak itself, from the moment that this begins.</summary>
    private sealed class Peak : IDisposable
    {
        private readonly Timer _timer;
        private long _heap;

        public Peak()
        {
            GC.Collect();
            // [proc(5)] 5 sets the peak back to what is held now.
            File.WriteAllText("/proc/self/clear_refs", "5");
            _timer = new Timer(_ => Look(), null, 0, 5);
        }

        public Held Read() => new(
            Interlocked.Read(ref _heap) / 1048576.0,
            long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0);

        public void Dispose() => _timer.Dispose();

        private void Look()
        {
            var now = GC.GetTotalMemory(forceFullCollection: false);
            if (now > Interlocked.Read(ref _heap))
                Interlocked.Exchange(ref _heap, now);
        }
    }
}
