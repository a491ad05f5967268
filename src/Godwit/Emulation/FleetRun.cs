using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Cli;
using Godwit.Demo;
using Godwit.Fleet;
using Godwit.Fleet.Images;
using Godwit.Fleet.Link;
using Godwit.Fleet.Operator;

namespace Godwit.Emulation;

/// <summary>Brings an emulated fleet up against a service and keeps it there, telling once a second how it is.</summary>
public sealed class FleetRun(ServiceClient client, FleetPlan plan, FleetKeys keys, DeviceEndpoint at, Terminal terminal)
{
    private const int CallsAtOnce = 8;
    private const string Policy = "godwit-emulated-devices";

    private readonly DemoWatch _watch = new(client.Time);

    /// <param name="until">Ends the run; null for Ctrl+C only.</param>
    public async Task Run(string group, TimeSpan? until, CancellationToken ct)
    {
        using var signer = keys.Signer();
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var ranges = new RangeFetcher(at.Root);
        var identities = await Register(new FleetOperator(client.Aws, signer, client.Time), group, ct);
        var devices = identities.Select((identity, index) => new EmulatedDevice(
            plan.Of(index, signer, stranger), new Flash { Running = new FirmwareVersion(1, 0, 0) }, identity, at, ranges, client.Time, _watch)).ToList();
        await using var fleet = new FleetRunner(devices);
        fleet.Start();
        await Follow(until, ct);
    }

    private async Task<IReadOnlyList<X509Certificate2>> Register(FleetOperator office, string group, CancellationToken ct)
    {
        // Who brings all certificates along needs no rights but those of his devices.
        if (!Enumerable.Range(0, plan.Devices).All(index => keys.Knows(plan.Thing(index))))
        {
            await Unless("ResourceAlreadyExistsException", () => office.CreatePolicy(Policy, ct));
            await Unless("ResourceAlreadyExistsException", () => office.CreateGroup(group, ct));
        }
        var identities = new ConcurrentDictionary<int, X509Certificate2>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, plan.Devices), new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = ct },
            async (index, token) => identities[index] = await keys.Identity(office, plan.Thing(index), Policy, group, token));
        await terminal.Out.WriteLineAsync($"{identities.Count} devices are registered: {plan.Thing(0)} to {plan.Thing(plan.Devices - 1)}, in thing group {group}");
        return [.. identities.OrderBy(pair => pair.Key).Select(pair => pair.Value)];
    }

    private async Task Follow(TimeSpan? until, CancellationToken ct)
    {
        var (start, before) = (client.Time.GetTimestamp(), "");
        try
        {
            while (until is null || client.Time.GetElapsedTime(start) < until)
            {
                while (_watch.TryTakeNotable(out var notable))
                    await Line(notable, keep: true);
                var line = string.Join(", ", _watch.Counts.OrderBy(count => count.Key).Select(count => $"{count.Value} {count.Key}")) + $"; {_watch.BlocksReceived:#,0} blocks";
                if (line != before)
                    await Line(before = line, keep: false);
                await Task.Delay(TimeSpan.FromMilliseconds(500), client.Time, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Ctrl+C switches the fleet off.
        }
        await terminal.Out.WriteLineAsync($"{(terminal.IsLive ? "\n" : "")}The fleet is switched off; its keys are kept for the next run.");
    }

    private async Task Line(string text, bool keep)
    {
        await terminal.Out.WriteAsync(terminal.IsLive ? $"\r\e[2K{text}{(keep ? "\n" : "")}" : text + "\n");
        await terminal.Out.FlushAsync();
    }

    private static async Task Unless(string code, Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (AwsCallException there) when (there.Code == code)
        {
            // From an earlier run.
        }
    }
}
