using System.Text.Json.Nodes;
using Godwit.Fleet.Operator;

namespace Godwit.Testing.Tests;

/// <summary>What a team's own tests look like with Godwit.Testing: hours of a rollout in no time at all.</summary>
public sealed class RolloutSampleTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_that_says_nothing_for_an_hour_times_out()
    {
        await using var godwit = await GodwitInstance.Start(ct: Ct);
        await godwit.Call(HttpMethod.Post, "/things/dev7", [], Ct);
        await godwit.Call(
            HttpMethod.Put, "/jobs/rel42",
            new JsonObject
            {
                ["targets"] = new JsonArray($"arn:aws:iot:us-east-1:{godwit.Account}:thing/dev7"), ["document"] = "{}",
                ["timeoutConfig"] = new JsonObject { ["inProgressTimeoutInMinutes"] = 60 },
            },
            Ct);
        await Until(godwit, "QUEUED");
        await godwit.Start("dev7", Ct);

        godwit.Advance(TimeSpan.FromMinutes(59));
        await Until(godwit, "IN_PROGRESS");
        godwit.Advance(TimeSpan.FromMinutes(2));
        await Until(godwit, "TIMED_OUT");
    }

    [Fact]
    public async Task A_refusal_carries_the_name_that_AWS_gives_it()
    {
        await using var godwit = await GodwitInstance.Start(ct: Ct);
        var refusal = await Assert.ThrowsAsync<AwsCallException>(() => godwit.Call(HttpMethod.Get, "/things/nobody", null, Ct));
        Assert.Equal((404, "ResourceNotFoundException"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task Two_instances_know_nothing_of_each_other()
    {
        await using var one = await GodwitInstance.Start(ct: Ct);
        await using var other = await GodwitInstance.Start(ct: Ct);
        await one.Call(HttpMethod.Post, "/things/dev7", [], Ct);
        Assert.Empty((await other.Call(HttpMethod.Get, "/things", null, Ct))["things"]!.AsArray());
        Assert.NotEqual(one.MqttPort, other.MqttPort);
    }

    /// <summary>The tables are made once in a process and copied: no instance may see what another has put into them, and nothing is left of it.</summary>
    [Fact]
    public async Task Many_instances_in_a_row_start_empty_and_leave_nothing()
    {
        var folders = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            await using var godwit = await GodwitInstance.Start(options => { folders.Add(options.DataDirectory); return options; }, Ct);
            Assert.Empty((await godwit.Call(HttpMethod.Get, "/things", null, Ct))["things"]!.AsArray());
            await godwit.Call(HttpMethod.Post, "/things/dev7", [], Ct);
        }
        Assert.Equal(5, folders.Distinct().Count());
        Assert.DoesNotContain(folders, Directory.Exists);
    }

    /// <summary>Asks until the service has done what is due: its clock stands, its work does not.</summary>
    private static async Task Until(GodwitInstance godwit, string status)
    {
        string? now = null;
        for (var looks = 0; now != status; looks++)
        {
            Assert.True(looks < 5000, $"dev7 is {now} and not {status}");
            var executions = (await godwit.Call(HttpMethod.Get, "/things/dev7/jobs", null, Ct))["executionSummaries"]!.AsArray();
            now = executions.Count == 0 ? null : executions[0]!["jobExecutionSummary"]!["status"]!.GetValue<string>();
        }
    }
}
