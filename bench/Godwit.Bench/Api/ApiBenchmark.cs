using Godwit.Bench.Measuring;
using Godwit.Bench.Report;
using Godwit.Bench.Servers;

namespace Godwit.Bench.Api;

/// <summary>Signed calls of the control plane, from a closed loop of clients over connections that stay open; and what of their cost is the check of the signature.</summary>
public static class ApiBenchmark
{
    private const double WarmSeconds = 0.3;

    public static async Task<int> Run(BenchOptions options, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-bench-").FullName;
        try
        {
            using var godwit = await GodwitService.Start(Path.Combine(folder, "data"), null, ct);
            await godwit.CreateStream("bench", new byte[4096], ct);
            ApiCall[] calls = [ApiCall.DescribeThing, ApiCall.CreateThing, ApiCall.CreateOtaUpdate];
            calls = [.. calls.Where(call => call.Operation.Contains(options.Only, StringComparison.OrdinalIgnoreCase))];
            await ApiCall.CreateThing.Send(godwit.Api, "target", ct);
            Console.WriteLine($"api: {options.Clients} clients, {options.Rounds} rounds of {options.Seconds} s");
            var samples = calls.ToDictionary(call => call, _ => new List<Sample>());
            for (var round = 0; round < options.Rounds; round++)
            {
                foreach (var call in calls)
                    samples[call].Add(await Take(godwit, call, round, round == 0 ? options.Warm : WarmSeconds, options, ct));
            }
            var results = calls.Select(call => new ApiResult(call.Operation, samples[call], SignatureCost.Measure(call, options.Smoke ? 0.05 : 0.5))).ToList();
            results.ForEach(Console.WriteLine);
            ApiReport.Write(results, options);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Sample> Take(GodwitService godwit, ApiCall call, int round, double warm, BenchOptions options, CancellationToken ct)
    {
        var go = true;
        var clients = Enumerable.Range(0, options.Clients).Select(i => new ApiClient(godwit.Api, call, $"r{round}c{i}")).ToList();
        var running = clients.Select(client => client.Run(() => Volatile.Read(ref go), ct)).ToArray();
        var sample = await Meter.Take(
            [godwit.ProcessId], warm, options.Seconds,
            count: () => clients.Sum(client => client.Answered),
            begin: () => clients.ForEach(client => client.Latencies.Clear()),
            p99Ticks: () => Percentile(clients),
            load: Task.WhenAny(running).Unwrap());
        Volatile.Write(ref go, false);
        await Task.WhenAll(running);
        return sample;
    }

    private static double Percentile(List<ApiClient> clients)
    {
        var all = new LatencyHistogram();
        clients.ForEach(client => all.Add(client.Latencies));
        return all.Percentile(0.99);
    }
}
