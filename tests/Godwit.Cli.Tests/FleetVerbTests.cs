using System.Security.Cryptography;
using Godwit.Emulation;
using Godwit.Fleet;
using Godwit.Fleet.Agents;
using Godwit.Fleet.Link;

namespace Godwit.Cli.Tests;

public sealed class FleetVerbTests(CliFixture service) : IClassFixture<CliFixture>
{
    [Fact]
    public async Task Emulated_devices_take_an_update_and_fail_as_they_are_told()
    {
        var state = Path.Combine(service.Server.Folder, "fleet");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = Shell.RunUntil(stop.Token, "fleet", "up", "4", "--fail", "100%", "--image-kib", "16", "--state", state, "--data", service.Server.Folder);
        string[] update = ["update", "create", "fleet1", "--firmware", Path.Combine(state, "app-2.0.0.bin"), "--sign-key", Path.Combine(state, "signer.pem"), "--target", "thinggroup/emulated", "--protocol", "MQTT", "HTTP"];
        // Each look is a request; the fleet registers meanwhile.
        while (!running.IsCompleted && await service.Run("device", "list", "--group", "emulated", "-o", "json") is { Code: not 0 } or { Json: System.Text.Json.Nodes.JsonArray { Count: < 4 } })
        {
        }
        Assert.Equal(0, (await service.Run(update)).Code);
        var watched = await service.Run("update", "watch", "fleet1", "--timeout", "60");
        await stop.CancelAsync();
        var ran = await running;

        Assert.Equal(ExitCode.BadNews, watched.Code);
        Assert.Contains("4 FAILED", watched.Out, StringComparison.Ordinal);
        Assert.Equal(0, ran.Code);
        Assert.Contains("4 devices are registered: emu-00001 to emu-00004", ran.Out, StringComparison.Ordinal);
        var why = await service.Run("why", "emu-00001", "fleet1");
        Assert.Contains("signature does not verify", why.Out, StringComparison.Ordinal);
    }

    /// <summary>What <c>fleet up --endpoint https://iot.…amazonaws.com</c> needs: AWS's operations, port 443 by ALPN with SNI, a CA in a file.</summary>
    [Fact]
    public async Task A_fleet_needs_nothing_that_AWS_has_not()
    {
        await using var aws = await OnlyAws.Before(service.Server);
        var (state, folder) = (Path.Combine(service.Server.Folder, "aws-fleet"), service.Server.Folder);
        var key = Path.Combine(folder, "aws-key");
        Directory.CreateDirectory(key);
        File.Copy(Path.Combine(folder, "credentials"), Path.Combine(key, "credentials"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        string[] up =
        [
            "fleet", "up", "2", "--endpoint", aws.Endpoint.ToString(), "--data", key, "--prefix", "aws", "--group", "aws-like", "--profile", "classic", "--image-kib", "16", "--state", state,
            "--ca", Path.Combine(folder, "tls", "ca.pem"), "--mqtt", $"localhost:{service.Server.Endpoints.HttpsPort}", "--alpn", DeviceEndpoint.MqttAlpn,
        ];
        var running = Shell.RunUntil(stop.Token, up);
        while (!running.IsCompleted && await service.Run("device", "list", "--group", "aws-like", "-o", "json") is { Code: not 0 } or { Json: System.Text.Json.Nodes.JsonArray { Count: < 2 } })
        {
        }
        string[] update = ["update", "create", "aws1", "--firmware", Path.Combine(state, "app-2.0.0.bin"), "--sign-key", Path.Combine(state, "signer.pem"), "--target", "thinggroup/aws-like"];
        Assert.Equal(0, (await service.Run(update)).Code);
        var watched = await service.Run("update", "watch", "aws1", "--timeout", "60");
        await stop.CancelAsync();
        var ran = await running;

        Assert.True(watched.Code == 0, watched.Out + ran.Out + ran.Error);
        Assert.Empty(aws.Refused);
        Assert.Contains(aws.Passed, call => call.StartsWith("POST /certificates?", StringComparison.Ordinal));

        // With certificates in files nothing is registered, and no operator's call is made at all.
        aws.Passed.Clear();
        Assert.Equal(0, (await Shell.Run([.. up, "--for", "0"])).Code);
        Assert.Empty(aws.Passed);
    }

    [Theory]
    [InlineData(443, DeviceEndpoint.MqttAlpn)]
    [InlineData(8883, null)]
    public void Port_443_asks_for_MQTT_by_ALPN(int port, string? alpn) => Assert.Equal(alpn, new DeviceEndpoint("x-ats.iot.eu-central-1.amazonaws.com", port, null!).Alpn);

    [Fact]
    public void Shares_come_out_as_asked_and_the_same_seed_gives_the_same_fates()
    {
        using ECDsa signer = ECDsa.Create(), stranger = ECDsa.Create();
        var plan = new FleetPlan(10_000, "emu", "mixed", Fail: 0.03, Revert: 0.005, Offline: 0.1, Loss: 0.02, Seed: 7);
        List<AgentProfile> Make() => [.. Enumerable.Range(0, plan.Devices).Select(index => plan.Of(index, signer, stranger))];
        var profiles = Make();

        Assert.InRange(profiles.Count(profile => profile.Signer == stranger), 250, 350);
        Assert.InRange(profiles.Count(profile => profile.Faults.FailSelfTest), 25, 80);
        Assert.InRange(profiles.Count(profile => profile.Faults.GoOfflineAtBlock is not null), 900, 1100);
        Assert.Equal(3000, profiles.Count(profile => profile.Primary == "HTTP"));
        Assert.Equal(profiles, Make());
    }

    [Theory]
    [InlineData("--fail", "150%")]
    [InlineData("--loss", "lots")]
    [InlineData("--profile", "quantum")]
    public async Task What_is_no_share_is_refused(string option, string value) =>
        Assert.Equal(ExitCode.Usage, (await service.Run("fleet", "up", "1", option, value)).Code);
}
