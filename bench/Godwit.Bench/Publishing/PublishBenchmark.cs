using Godwit.Bench.Measuring;
using Godwit.Bench.Report;
using Godwit.Bench.Servers;

namespace Godwit.Bench.Publishing;

/// <summary>What idle sessions cost those that are busy: the rate from one publisher to one subscriber with 0 to 10,000 of them connected.</summary>
public static class PublishBenchmark
{
    private const double WarmSeconds = 0.3;

    private static readonly int[] Levels = [0, 100, 1_000, 5_000, 10_000];

    public static async Task<int> Run(BenchOptions options, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-bench-").FullName;
        try
        {
            using var godwit = await GodwitService.Start(Path.Combine(folder, "data"), null, ct);
            using var mosquitto = await Mosquitto.Start(folder, new Pki(folder), ct);
            using var godwitIdle = Idle(godwit.PlainPort);
            using var mosquittoIdle = Idle(mosquitto.PlainPort);
            Broker[] brokers = [new("Godwit", godwit.ProcessId, godwit.PlainPort, godwitIdle), new("mosquitto", mosquitto.ProcessId, mosquitto.PlainPort, mosquittoIdle)];
            var results = await Rounds(brokers, options, ct);
            results.ForEach(Console.WriteLine);
            PublishReport.Write(results, options);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<List<PublishResult>> Rounds(Broker[] brokers, BenchOptions options, CancellationToken ct)
    {
        var levels = options.Smoke ? Levels[..2] : Levels;
        Console.WriteLine($"publish: {options.Rounds} rounds of {options.Seconds} s, idle sessions {string.Join(", ", levels)}");
        var samples = levels.SelectMany(_ => brokers, (level, broker) => (level, broker)).ToDictionary(key => key, _ => new List<Sample>());
        for (var round = 0; round < options.Rounds; round++)
        {
            // All levels in each round: a rate is compared with one that was taken seconds before.
            foreach (var level in levels)
            {
                foreach (var broker in brokers)
                {
                    await Become(broker.Idle, level, ct);
                    var warm = round == 0 && level == 0 ? options.Warm : WarmSeconds;
                    samples[(level, broker)].Add(await Take(broker, warm, options.Seconds, ct));
                }
            }
        }
        return [.. samples.Select(pair => new PublishResult(pair.Key.broker.Name, pair.Key.level, pair.Value))];
    }

    private static async Task<Sample> Take(Broker broker, double warm, double seconds, CancellationToken ct)
    {
        using var load = await PublishLoad.Connect(broker.Port, ct);
        var go = true;
        var running = load.Run(() => Volatile.Read(ref go));
        var sample = await Meter.Take([broker.Process], warm, seconds, () => load.Received, begin: static () => { }, p99Ticks: static () => 0, running);
        Volatile.Write(ref go, false);
        if (await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(5), ct)) != running)
            throw new InvalidOperationException($"{broker.Name}: messages were lost.");
        await running;
        return sample;
    }

    private static PinnedProcess Idle(int port) => new(PinnedProcess.GeneratorCore, Environment.ProcessPath!, ["idle", "--port", $"{port}"]);

    private static async Task Become(PinnedProcess idle, int count, CancellationToken ct)
    {
        await idle.Input.WriteLineAsync($"{count}");
        await idle.Input.FlushAsync(ct);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        if (await idle.Output.ReadLineAsync(patience.Token) != $"{count}")
            throw new InvalidOperationException($"The idle sessions could not become {count}.");
    }

    private sealed record Broker(string Name, int Process, int Port, PinnedProcess Idle);
}
