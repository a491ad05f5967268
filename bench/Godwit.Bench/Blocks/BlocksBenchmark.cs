using Godwit.Bench.Measuring;
using Godwit.Bench.Report;

namespace Godwit.Bench.Blocks;

/// <summary>
/// Blocks over MQTT file streams against what one would use instead, in rounds in which all take turns, so that a busy moment of the machine hits
/// all of them alike.
/// </summary>
public static class BlocksBenchmark
{
    private const double WarmSeconds = 0.3;

    /// <summary>Before the first round of a shape in which only sizes are new.</summary>
    private const double ShapeWarmSeconds = 1;

    public static async Task<int> Run(BenchOptions options, CancellationToken ct)
    {
        using var contestants = new Contestants();
        Console.WriteLine($"blocks: {options.Clients} clients, {options.Rounds} rounds of {options.Seconds} s");
        await contestants.Start(options, ct);
        var results = new List<BlocksResult>();
        var warmed = new HashSet<(string, bool)>();
        foreach (var shape in BlockShape.All.Where(shape => shape.Name.Contains(options.Only, StringComparison.OrdinalIgnoreCase)))
        {
            var taking = contestants.All.Where(contestant => contestant.Serves(shape)).ToArray();
            var samples = taking.ToDictionary(contestant => contestant.Name, _ => new List<Sample>());
            for (var round = 0; round < options.Rounds; round++)
            {
                foreach (var contestant in taking)
                {
                    var warm = round > 0 ? WarmSeconds : warmed.Add((contestant.Name, shape.Tls)) ? options.Warm : Math.Min(ShapeWarmSeconds, options.Warm);
                    samples[contestant.Name].Add(await Round(contestant, shape, options, warm, ct));
                }
            }
            results.AddRange(taking.Select(contestant => new BlocksResult(shape.Name, contestant.Name, samples[contestant.Name])));
            foreach (var result in results.Where(result => result.Shape == shape.Name))
                Console.WriteLine(result);
        }
        BlocksReport.Write(results, options);
        return 0;
    }

    private static async Task<Sample> Round(Contestant contestant, BlockShape shape, BenchOptions options, double warm, CancellationToken ct)
    {
        var clients = new List<BlockClient>();
        try
        {
            for (var i = 0; i < options.Clients; i++)
                clients.Add(await contestant.Connect(i, shape, ct));
            return await Measure(contestant, shape, options, warm, clients);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static async Task<Sample> Measure(Contestant contestant, BlockShape shape, BenchOptions options, double warm, List<BlockClient> clients)
    {
        var go = true;
        bool Going() => Volatile.Read(ref go);
        var running = clients.Select((client, i) => client.Run(start: i * 37, Going)).ToArray();
        var load = Task.WhenAll(running);
        var sample = await Meter.Take(
            contestant.Processes, warm, options.Seconds,
            count: () => clients.Sum(client => client.Blocks),
            begin: () => clients.ForEach(client => client.Forget()),
            p99Ticks: () => Percentile(clients),
            // The first that ends, ends the measurement: before it is told to stop none ends but by a failure.
            load: Task.WhenAny(running).Unwrap());
        Volatile.Write(ref go, false);
        if (await Task.WhenAny(load, Task.Delay(TimeSpan.FromSeconds(5))) != load)
            throw new InvalidOperationException($"{contestant.Name}, {shape.Name}: a request was never answered.");
        await load;
        return sample;
    }

    private static double Percentile(List<BlockClient> clients)
    {
        var all = new LatencyHistogram();
        clients.ForEach(client => all.Add(client.Latencies));
        return all.Percentile(0.99);
    }
}
