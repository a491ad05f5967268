using Godwit.Bench;
using Godwit.Bench.Api;
using Godwit.Bench.Blocks;
using Godwit.Bench.Connections;
using Godwit.Bench.Jobs;
using Godwit.Bench.Pages;
using Godwit.Bench.Publishing;
using Godwit.Bench.Servers;

// The verbs a person types are blocks, publish, connections, api, jobs and pages; the others are parts of a run in processes of their own.
var verb = args.FirstOrDefault();
var options = BenchOptions.Parse(args.Skip(1));
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
switch (verb)
{
    case "blocks": return await BlocksBenchmark.Run(options, stop.Token);
    case "publish": return await PublishBenchmark.Run(options, stop.Token);
    case "connections": return await ConnectionsBenchmark.Run(options, stop.Token);
    case "api": return await ApiBenchmark.Run(options, stop.Token);
    case "jobs": return await JobsBenchmark.Run(options, stop.Token);
    case "pages": return await PagesBenchmark.Run(options, stop.Token);
    case "rollout-memory": return await RolloutMemory.Hold(options, stop.Token);
    case "backend": return await StreamBackend.Run(options, stop.Token);
    case "raw": return await RawTcpServer.Serve(options, stop.Token);
    case "idle": return await IdleSessions.Hold(options, stop.Token);
    default:
        Console.Error.WriteLine("usage: Godwit.Bench (blocks | publish | connections | api | jobs | pages) [--seconds S] [--rounds N] [--clients N] [--connections N] [--only SHAPE] [--servers TEXT] [--warm S] [--devices N] [--things N] [--executions N] [--full] [--postgres STRING] [--busy] [--docs DIR] [--smoke]");
        return 64;
}
