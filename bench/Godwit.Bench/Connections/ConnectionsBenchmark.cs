using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Godwit.Bench.Measuring;
using Godwit.Bench.Report;
using Godwit.Bench.Servers;

namespace Godwit.Bench.Connections;

/// <summary>What a connection costs: how fast they come, what an idle one holds, and how long a full house takes to come back when the server is killed.</summary>
public static class ConnectionsBenchmark
{
    /// <summary>Certificates that the devices share, as making one for each would take longer than the run.</summary>
    private const int Identities = 16;

    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    public static async Task<int> Run(BenchOptions options, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-bench-").FullName;
        try
        {
            var pki = new Pki(folder);
            using var godwit = await GodwitService.Start(Path.Combine(folder, "data"), null, ct);
            using var mosquitto = await Mosquitto.Start(folder, pki, ct);
            var identities = await godwit.RegisterForAnyClient(Identities, ct);
            Contestant[] contestants =
            [
                new("Godwit", () => godwit.ProcessId, godwit.PlainPort, godwit.TlsPort, identities, godwit.Restart),
                new("mosquitto", () => mosquitto.ProcessId, mosquitto.PlainPort, mosquitto.TlsPort, [pki.Client], mosquitto.Restart),
            ];
            var count = options.Connections;
            Console.WriteLine($"connections: {options.Rounds} rounds of {count} devices, by TLS and plain");
            foreach (var contestant in contestants)
                await Warm(contestant, Math.Min(count, 500), ct);
            var rounds = new List<ConnectionsRound>();
            for (var round = 0; round < options.Rounds; round++)
            {
                foreach (var way in (string[])["TLS", "plain"])
                {
                    foreach (var contestant in contestants)
                    {
                        rounds.Add(await Take(contestant, way, count, ct));
                        Console.WriteLine(rounds[^1]);
                    }
                }
            }
            ConnectionsReport.Write(rounds, options);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The runtime compiles what is hot first: a process that has just started is what a restart is measured with, not this.</summary>
    private static async Task Warm(Contestant contestant, int count, CancellationToken ct)
    {
        foreach (var identities in (IReadOnlyList<X509Certificate2>?[])[contestant.Identities, null])
        {
            await using var crowd = new DeviceCrowd(identities is null ? contestant.PlainPort : contestant.TlsPort, identities, count);
            await crowd.Connect(ct);
        }
    }

    private static async Task<ConnectionsRound> Take(Contestant contestant, string way, int count, CancellationToken ct)
    {
        var tls = way == "TLS";
        await using var crowd = new DeviceCrowd(tls ? contestant.TlsPort : contestant.PlainPort, tls ? contestant.Identities : null, count);
        var process = contestant.Process();
        var (memory, cpu, clock) = (Resident(process), ProcessCpu.Seconds([process]), Stopwatch.StartNew());
        await crowd.Connect(ct);
        var (seconds, spent) = (clock.Elapsed.TotalSeconds, ProcessCpu.Seconds([process]) - cpu);
        await Task.Delay(Settle, ct);
        var idle = Resident(process) - memory;

        var all = crowd.AllBack();
        clock.Restart();
        await contestant.Restart(ct);
        var up = clock.Elapsed.TotalSeconds;
        await all.WaitAsync(TimeSpan.FromMinutes(5), ct);
        return new ConnectionsRound(contestant.Name, way, count, seconds, spent, idle, up, clock.Elapsed.TotalSeconds);
    }

    /// <summary>proc(5): VmRSS.</summary>
    private static double Resident(int process) =>
        1024 * double.Parse(
            File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);

    private sealed record Contestant(string Name, Func<int> Process, int PlainPort, int TlsPort, IReadOnlyList<X509Certificate2> Identities, Func<CancellationToken, Task> Restart);
}
