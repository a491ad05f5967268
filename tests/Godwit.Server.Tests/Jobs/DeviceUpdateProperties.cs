using CsCheck;

namespace Godwit.Server.Tests.Jobs;

public sealed class DeviceUpdateProperties
{
    private static readonly string[] Statuses = ["IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED", "QUEUED", "CANCELED", "TIMED_OUT", "nonsense"];

    private static readonly HashSet<(string From, string To)> Graph =
    [
        .. from @from in (string[])["QUEUED", "IN_PROGRESS"] from to in (string[])["IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT", "CANCELED"] select (@from, to),
    ];

    /// <summary>What a careless fleet may do: report anything, start, let time pass, be canceled.</summary>
    private static readonly Gen<(int What, int Thing, int Status, int Version)> Step =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 2], Gen.Int[0, 7], Gen.Int[-3, 4]);

    [Fact]
    public async Task Versions_rise_by_one_along_the_graph_and_counters_equal_rows_whatever_devices_do()
    {
        await Step.Array[5, 25].SampleAsync(
            async steps =>
            {
                await using var host = new JobsHost();
                await host.MakeThings("t0", "t1", "t2");
                await host.Create("job", [.. Enumerable.Range(0, 3).Select(i => JobsHost.ThingArn($"t{i}"))], request => request with { TimeoutConfig = new() { InProgressTimeoutInMinutes = 3 } });
                foreach (var step in steps)
                    await Take(host, step);
            },
            iter: 25, threads: 1);
    }

    private static async Task Take(JobsHost host, (int What, int Thing, int Status, int Version) step)
    {
        var thing = $"t{step.Thing}";
        var before = await host.Execution(thing, "job");
        switch (step.What)
        {
            case <= 5:
                var version = step.Version < 0 ? "" : $",\"expectedVersion\":{step.Version}";
                await host.Mqtt(thing, "job/update", $$"""{"status":"{{Statuses[step.Status]}}"{{version}}}""");
                break;
            case <= 7:
                await host.Mqtt(thing, "start-next");
                break;
            case 8:
                await host.Advance(TimeSpan.FromMinutes(1));
                break;
            default:
                await host.Get<Server.Jobs.CancelJobExecution>().Handle(JobsHost.Caller, new() { JobId = "job", ThingName = thing, Force = step.Status < 4 }, JobsHost.Ct);
                break;
        }
        await host.Run();
        var after = await host.Execution(thing, "job");
        if (after.VersionNumber == before.VersionNumber)
            Assert.Equal(before.Status, after.Status);
        else
        {
            Assert.Equal(before.VersionNumber + 1, after.VersionNumber);
            Assert.Contains((before.Status, after.Status), Graph);
        }
        await host.Counts("job");
    }
}
