using System.Diagnostics;
using System.Security.Cryptography;
using Godwit.Crash;
using Godwit.Crash.Floods;
using Godwit.Fleet.Operator;

var options = CrashOptions.Parse(args);
if (options.IsAttacker)
    return await new Attacker(options).Run();
if (options.Sockets > 0)
    return await Flood.Run(options);
var random = new Random(options.Seed);
var folder = Directory.CreateTempSubdirectory("godwit-crash-").FullName;
var clock = Stopwatch.StartNew();
Console.WriteLine($"killing the service {options.Times} times, seed {options.Seed}");

using var service = new ServiceProcess(options.Program, folder);
using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
using var aws = new AwsClient(service.Endpoint, ServiceProcess.AccessKey, ServiceProcess.Secret, "us-east-1", TimeProvider.System);
var ledger = new Ledger();
var office = new FleetOperator(aws, signer, TimeProvider.System);
var verifier = new Verifier(aws);
var losses = new List<string>();
var starts = new List<TimeSpan>();
using var end = new CancellationTokenSource(TimeSpan.FromSeconds(120 + options.Times * 20));

await service.Start(end.Token);
await using var fleet = new CrashFleet(office, ledger, signer, devices: 8);
await fleet.Start(service, folder, end.Token);
var workers = Enumerable.Range(0, 4).Select(number => new Load(aws, ledger, number)).ToList();

for (var kill = 1; kill <= options.Times; kill++)
{
    using (var stop = new CancellationTokenSource())
    {
        var load = workers.Select(worker => worker.Run(stop.Token)).Append(fleet.UpdateAll(stop.Token)).ToList();
        await Task.Delay(random.Next(20, 700), end.Token);
        service.Kill();
        await stop.CancelAsync();
        await Task.WhenAll(load);
    }
    starts.Add(await service.Start(end.Token));
    var due = ledger.ToCheck(random);
    losses.AddRange(await verifier.Check(due, end.Token));
    Console.WriteLine($"kill {kill,3}: ready again after {starts[^1].TotalMilliseconds,5:0} ms; {due.Count,4} promises read back, {losses.Count} lost so far");
}

losses.AddRange(await verifier.Check(ledger.Everything(), end.Token));
var unfinished = await WaitForFleet();
if (unfinished is not null)
    losses.Add($"the fleet did not finish: {unfinished}");
losses.AddRange(fleet.Failures.Select(failure => $"a device failed: {failure}"));
foreach (var loss in losses.Take(40))
    Console.WriteLine($"LOST {loss}");

var slow = starts.Count(start => start > TimeSpan.FromSeconds(2));
Console.WriteLine(
    $"{options.Times} kills, {ledger.Count} acknowledged, {ledger.Unknown} unanswered, {losses.Count} lost; {fleet.Updates.Count} updates on 8 devices; " +
    $"ready again after {starts.Order().ElementAt(starts.Count / 2).TotalMilliseconds:0} ms (median), {starts.Max().TotalMilliseconds:0} ms (longest), {slow} over 2 s; {clock.Elapsed.TotalSeconds:0} s in all");
var good = losses.Count == 0 && slow == 0 && ledger.Count > 0;
if (good)
    Directory.Delete(folder, recursive: true);
else
    Console.WriteLine($"the data folder is kept: {folder}");
return good ? 0 : 1;

// Devices need some time to take all updates after the last kill; they are asked about, not slept for.
async Task<string?> WaitForFleet()
{
    var since = Stopwatch.StartNew();
    while (await fleet.Unfinished(end.Token) is { } reason)
    {
        if (since.Elapsed > TimeSpan.FromSeconds(90))
            return reason;
        await Task.Delay(100, end.Token);
    }
    return null;
}
