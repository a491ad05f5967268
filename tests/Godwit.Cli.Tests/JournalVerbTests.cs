using System.Globalization;
using System.Security.Cryptography;

namespace Godwit.Cli.Tests;

public sealed class JournalVerbTests(CliFixture service) : IClassFixture<CliFixture>
{
    [Fact]
    public async Task The_story_of_a_device_and_the_state_of_a_job_at_a_moment_are_told()
    {
        await using var connected = await (await service.Fleet.Register("told")).Connect();
        await connected.Subscribe($"{connected.T}/notify-next");
        var order = await service.Fleet.CreateUpdate("told", RandomNumberGenerator.GetBytes(1000));
        var job = $"AFR_OTA-{order.OtaUpdateId}";
        await connected.NextJson($"{connected.T}/notify-next");
        await connected.Ask($"{connected.T}/start-next", "{}");
        await connected.Ask($"{connected.T}/{job}/update", """{"status":"SUCCEEDED"}""");

        var told = await service.Run("journal", "--thing", "told");
        Assert.True(told.Code == 0, told.Error);
        Assert.StartsWith("SEQ  WHEN", told.Out.TrimStart(), StringComparison.Ordinal);
        Assert.Contains($"job/{job}/thing/told/1", told.Out, StringComparison.Ordinal);
        var rows = (await service.Run("journal", "--thing", "told", "--job", job, "--output", "json")).Json.AsArray();
        Assert.Equal(["QUEUED", "IN_PROGRESS", "SUCCEEDED"], rows.Select(row => row!["to"]!.GetValue<string>()));
        Assert.Single((await service.Run("journal", "--job", job, "--limit", "1", "--output", "json")).Json.AsArray());

        // As of the moment of each of its records the job's counts are what the records up to there make of it.
        foreach (var (row, status) in rows.Zip(["queued", "inProgress", "succeeded"]))
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds((long)(row!["at"]!.GetValue<decimal>() * 1000)).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            var state = (await service.Run("journal", "--job", job, "--as-of", at, "--output", "json")).Json;
            Assert.Equal((1, 1), (state["counts"]![status]!.GetValue<int>(), state["counts"]!.AsObject().Where(count => count.Key is "queued" or "inProgress" or "succeeded").Sum(count => count.Value!.GetValue<int>())));
        }
        Assert.Contains($"{job} was ", (await service.Run("journal", "--job", job, "--as-of", "2100-01-01")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Data, (await service.Run("journal", "--job", job, "--as-of", "2000-01-01")).Code);
        var device = await service.Run("journal", "--thing", "told", "--as-of", "2100-01-01");
        Assert.Contains("told was registered at ", device.Out, StringComparison.Ordinal);
        Assert.Contains($"  version {order.OtaUpdateId}, as claimed since ", device.Out, StringComparison.Ordinal);
        Assert.Contains($"  {job} SUCCEEDED", device.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Data, (await service.Run("journal", "--thing", "told", "--as-of", "2000-01-01")).Code);
        Assert.Contains("The journal has no record of nobody.", (await service.Run("journal", "--thing", "nobody")).Out, StringComparison.Ordinal);

        await PlanByHistory(order.OtaUpdateId);
    }

    /// <summary>The journal of the service that runs there, read from its folder.</summary>
    private async Task PlanByHistory(string id)
    {
        var input = Path.Combine(service.Server.Folder, $"{id}.json");
        await File.WriteAllTextAsync(input, """
            {"otaUpdateId": "next", "targets": ["arn:aws:iot:us-east-1:000000000000:thinggroup/fleet"], "roleArn": "arn:aws:iam::000000000000:role/otarole",
             "files": [{"fileName": "/fw", "fileLocation": {"s3Location": {"bucket": "fw", "key": "fw"}}, "codeSigning": {"customCodeSigning": {
               "signature": {"inlineDocument": "aGk="}, "certificateChain": {"certificateName": "c"}, "hashAlgorithm": "SHA256", "signatureAlgorithm": "ECDSA"}}}]}
            """, TestContext.Current.CancellationToken);
        var planned = await Shell.Run("plan", "--input", input, "--fleet", "100", "--history", service.Server.Folder);
        Assert.True(planned.Code == 0, planned.Error);
        Assert.Contains("as in the journal of 1 executions", planned.Out, StringComparison.Ordinal);
        Assert.Contains("little more than chance", planned.Out, StringComparison.Ordinal);
        Assert.Contains("Leave one out", (await Shell.Run("plan", "--input", input, "--fleet", "100", "--history", service.Server.Folder, "--model", input)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Name a thing by --thing")]
    [InlineData("name a job by --job, or a thing by --thing", "--thing", "a", "--job", "b", "--as-of", "2030-01-01")]
    [InlineData("and noon is none", "--job", "a", "--as-of", "noon")]
    [InlineData("--limit takes a number", "--job", "a", "--limit", "0")]
    public async Task What_cannot_be_asked_is_a_usage_error(string message, params string[] args)
    {
        var ran = await service.Run(["journal", .. args]);
        Assert.Equal(ExitCode.Usage, ran.Code);
        Assert.Contains(message, ran.Error, StringComparison.Ordinal);
    }
}
