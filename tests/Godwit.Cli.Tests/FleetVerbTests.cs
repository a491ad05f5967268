using System.Security.Cryptography;
using Godwit.Emulation;
using Godwit.Fleet;
using Godwit.Fleet.Agents;

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
