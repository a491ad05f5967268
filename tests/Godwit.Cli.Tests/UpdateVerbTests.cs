using System.Security.Cryptography;

namespace Godwit.Cli.Tests;

public sealed class UpdateVerbTests(CliFixture service) : IClassFixture<CliFixture>
{
    [Fact]
    public async Task An_update_is_made_from_an_image_seen_steered_and_followed_to_its_end()
    {
        await using var device = await (await service.Fleet.Register("cli1")).Connect();
        await device.Subscribe($"{device.T}/notify-next");
        var firmware = Path.Combine(service.Server.Folder, "app.bin");
        var key = Path.Combine(service.Server.Folder, "key.pem");
        using (var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256))
            await File.WriteAllTextAsync(key, ec.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(firmware, RandomNumberGenerator.GetBytes(5000), TestContext.Current.CancellationToken);

        var made = await service.Run("update", "create", "cli1", "--firmware", firmware, "--target", "thing/cli1", "--sign-key", key, "--rate", "100", "--file-version", "0.9.3");
        Assert.True(made.Code == 0, made.Error);
        Assert.StartsWith("cli1 is CREATE_COMPLETE; its job is AFR_OTA-cli1.", made.Out, StringComparison.Ordinal);
        await device.NextJson($"{device.T}/notify-next");

        Assert.Contains("cli1", (await service.Run("update", "list")).Out, StringComparison.Ordinal);
        var shown = await service.Run("update", "show", "cli1");
        Assert.Contains("100 a minute", shown.Out, StringComparison.Ordinal);
        Assert.Contains("QUEUED", shown.Out, StringComparison.Ordinal);
        Assert.Equal("cli1", (await service.Run("update", "show", "cli1", "--output", "json")).Json["otaUpdateInfo"]!["otaUpdateId"]!.GetValue<string>());

        Assert.Contains("AFR_OTA-cli1 is paused.", (await service.Run("update", "pause", "cli1")).Out, StringComparison.Ordinal);
        Assert.Contains("AFR_OTA-cli1 is resumed.", (await service.Run("update", "resume", "cli1")).Out, StringComparison.Ordinal);
        Assert.Contains("100 a minute before, 50 from now on", (await service.Run("update", "slower", "cli1")).Out, StringComparison.Ordinal);
        Assert.Contains("50 a minute before, 70 from now on", (await service.Run("update", "faster", "cli1", "--rate", "70")).Out, StringComparison.Ordinal);

        await device.Ask($"{device.T}/start-next", "{}");
        var watching = service.Run("update", "watch", "cli1", "--timeout", "60");
        await device.Ask($"{device.T}/AFR_OTA-cli1/update", """{"status":"SUCCEEDED","statusDetails":{"reason":"accepted  v0.9.3"}}""");
        var watched = await watching;
        Assert.Equal(0, watched.Code);
        Assert.Contains("100 %  1 SUCCEEDED", watched.Out, StringComparison.Ordinal);
        Assert.Contains("0.9.3 passed its self-test", (await service.Run("why", "cli1", "cli1")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_canceled_update_is_bad_news_to_whoever_watches()
    {
        await using var device = await service.Fleet.Register("cli2");
        var order = await service.Fleet.CreateUpdate("cli2", RandomNumberGenerator.GetBytes(1000));

        Assert.Equal(0, (await service.Run("update", "cancel", order.OtaUpdateId, "--comment", "no")).Code);
        var watched = await service.Run("update", "watch", order.OtaUpdateId);

        Assert.Equal(ExitCode.BadNews, watched.Code);
        Assert.Contains("CANCELED", watched.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update show none")]
    [InlineData("update watch none")]
    [InlineData("update pause none")]
    [InlineData("update resume none")]
    [InlineData("update slower none")]
    [InlineData("update faster none")]
    [InlineData("update cancel none")]
    [InlineData("why dev7 none")]
    [InlineData("device show none")]
    [InlineData("device why dev7 none")]
    [InlineData("device list --group none")]
    public async Task What_is_not_there_is_told_by_the_service_in_one_line(string line)
    {
        var ran = await service.Run(line.Split(' '));
        Assert.Equal(ExitCode.Data, ran.Code);
        Assert.StartsWith("godwit: ResourceNotFoundException: ", ran.Error, StringComparison.Ordinal);
        Assert.Single(ran.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Creation_says_what_is_wrong_with_its_input()
    {
        var folder = service.Server.Folder;
        Assert.Equal(ExitCode.NoInput, (await service.Run("update", "create", "x", "--input", Path.Combine(folder, "none.json"))).Code);
        var broken = Path.Combine(folder, "broken.json");
        await File.WriteAllTextAsync(broken, "{", TestContext.Current.CancellationToken);
        var ran = await service.Run("update", "create", "x", "--input", broken);
        Assert.Equal(ExitCode.Data, ran.Code);
        Assert.Contains("is not valid JSON (line 1", ran.Error, StringComparison.Ordinal);
        var noKey = await service.Run("update", "create", "x", "--firmware", broken, "--target", "thing/x", "--sign-key", broken);
        Assert.Contains("holds no EC or RSA private key", noKey.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(broken, """{"targets":[],"files":[],"roleArn":"arn:aws:iam::000000000000:role/x"}""", TestContext.Current.CancellationToken);
        Assert.StartsWith("godwit: InvalidRequestException: ", (await service.Run("update", "create", "x", "--input", broken)).Error, StringComparison.Ordinal);
    }
}
