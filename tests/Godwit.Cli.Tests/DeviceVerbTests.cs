using System.Security.Cryptography;

namespace Godwit.Cli.Tests;

public sealed class DeviceVerbTests(CliFixture service) : IClassFixture<CliFixture>
{
    [Fact]
    public async Task Devices_are_listed_shown_explained_and_their_story_told()
    {
        await using var device = await service.Fleet.Register("eye1");
        var order = await service.Fleet.CreateUpdate("eye1", RandomNumberGenerator.GetBytes(1000));
        await device.Connect();
        await device.Ask($"{device.T}/start-next", "{}");

        var list = await service.Run("device", "list", "--group", "of-eye1");
        Assert.Contains("THING  NEWEST JOB", list.Out, StringComparison.Ordinal);
        Assert.Contains("IN_PROGRESS", list.Out, StringComparison.Ordinal);
        var shown = await service.Run("device", "show", "eye1");
        Assert.Contains("of-eye1", shown.Out, StringComparison.Ordinal);
        Assert.Contains(order.JobId, shown.Out, StringComparison.Ordinal);
        Assert.Contains("thingName: eye1", (await service.Run("device", "show", "eye1", "--output", "yaml")).Out, StringComparison.Ordinal);

        var why = await service.Run("device", "why", "eye1", order.OtaUpdateId);
        Assert.Equal(0, why.Code);
        Assert.StartsWith("WAITING: none asked for yet\n  next, by device: ", why.Out, StringComparison.Ordinal);
        Assert.Contains("policy-receive", why.Out, StringComparison.Ordinal);

        var logs = await service.Run("device", "logs", "eye1");
        Assert.Contains("StartNextPendingJobExecution", logs.Out, StringComparison.Ordinal);
        Assert.Contains("QUEUED → IN_PROGRESS", logs.Out, StringComparison.Ordinal);
        Assert.Equal("StartNextPendingJobExecution", (await service.Run("device", "logs", "eye1", "-o", "json")).Json.AsArray()[^1]!["kind"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_device_that_cannot_get_its_update_is_bad_news()
    {
        await using var device = await service.Fleet.Register("eye2");
        await using var other = await service.Fleet.Register("eye3");
        var order = await service.Fleet.CreateUpdate("eye2", RandomNumberGenerator.GetBytes(1000));
        var why = await service.Run("why", "eye3", order.OtaUpdateId);
        Assert.Equal(ExitCode.BadNews, why.Code);
        Assert.StartsWith("STOPPED: eye3 is in none of the job's targets", why.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_service_or_a_key_a_verb_says_which_is_missing()
    {
        var empty = Directory.CreateTempSubdirectory("godwit-cli-").FullName;
        try
        {
            var ran = await Shell.Run("device", "list", "--data", empty);
            Assert.Equal(ExitCode.Unavailable, ran.Code);
            Assert.Contains("no service runs on", ran.Error, StringComparison.Ordinal);
            var elsewhere = await Shell.Run("device", "list", "--endpoint", "ftp://x", "--data", service.Server.Folder);
            Assert.Equal(ExitCode.Usage, elsewhere.Code);
            var closed = await Shell.Run("device", "logs", "x", "--endpoint", "http://127.0.0.1:9", "--data", service.Server.Folder);
            Assert.Equal(ExitCode.Unavailable, closed.Code);
            Assert.Contains("cannot be reached", closed.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(empty, recursive: true);
        }
    }

    [Fact]
    public async Task A_key_that_is_not_known_has_a_code_of_its_own()
    {
        var folder = Directory.CreateTempSubdirectory("godwit-cli-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "credentials"), "[default]\naws_access_key_id = NOBODY\naws_secret_access_key = x\n", TestContext.Current.CancellationToken);
            var ran = await Shell.Run("update", "list", "--endpoint", service.Server.Address.ToString(), "--data", folder);
            Assert.Equal(ExitCode.NoPermission, ran.Code);
            Assert.Contains("UnrecognizedClientException", ran.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
