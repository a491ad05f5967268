using System.Security.Cryptography;
using Godwit.Server.Tests;
using Godwit.Server.Tests.DevicePlane;
using Godwit.Verbs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Godwit.Cli.Tests;

/// <summary>A service with something for each verb to do: a device, updates in every state, webhooks, an image with its key, a backup.</summary>
public sealed class VerbFixture : IAsyncLifetime
{
    private AcceptanceFleet _fleet = null!;
    private WebApplication _receiver = null!;

    public TestServer Server => _fleet.Server;

    /// <summary>A folder for what verbs write.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("godwit-verbs-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _fleet = await AcceptanceFleet.Start(options => options with { WebhookTargets = ["127.0.0.1"] });
        RunningService.Write(Server.Folder, Server.Endpoints, "us-east-1");
        _receiver = await Receiver();
        await MakeFiles();
        await MakeWebhooks();
        await (await _fleet.Register("dev")).DisposeAsync();
        foreach (var id in (string[])["over", "held", "resumed", "slow", "fast", "ended"])
            await Must("update", "create", id, "--firmware", Place("app.bin"), "--sign-key", Place("key.pem"), "--target", "thing/dev");
        await Must("update", "pause", "resumed");
        using var jobs = Server.Client("iot-jobs-data");
        // The rollout comes to the device a moment after the update is made.
        for (var looks = 0; (await jobs.Send("POST", "/things/dev/jobs/AFR_OTA-over", """{"status":"SUCCEEDED"}""")) is { Status: not 200 } early; looks++)
            Assert.True(looks < 5000, early.Text);
        await Must("backup", Place("backup.tar"));
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _fleet.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A line of the table with its places filled in: <c>{data}</c>, <c>{dir}</c>, <c>{none}</c>, <c>{port}</c> of a receiver of webhooks.</summary>
    public string[] Words(string line) =>
        [.. line.Split(' ').Select(word => word
            .Replace("{data}", Server.Folder, StringComparison.Ordinal).Replace("{dir}", Folder, StringComparison.Ordinal).Replace("{none}", Path.Combine(Folder, "none"), StringComparison.Ordinal)
            .Replace("{hook}", _receiver.Urls.First() + "/hook", StringComparison.Ordinal))];

    private static async Task<WebApplication> Receiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });
        await app.StartAsync(Ct);
        return app;
    }

    private async Task MakeFiles()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Place("key.pem"), key.ExportPkcs8PrivateKeyPem(), Ct);
        await File.WriteAllBytesAsync(Place("app.bin"), RandomNumberGenerator.GetBytes(2000), Ct);
        await File.WriteAllTextAsync(Place("input.json"), """
            {"otaUpdateId": "next", "targets": ["arn:aws:iot:us-east-1:000000000000:thinggroup/fleet"], "roleArn": "arn:aws:iam::000000000000:role/otarole",
             "files": [{"fileName": "/fw", "fileLocation": {"s3Location": {"bucket": "fw", "key": "fw"}}, "codeSigning": {"customCodeSigning": {
               "signature": {"inlineDocument": "aGk="}, "certificateChain": {"certificateName": "c"}, "hashAlgorithm": "SHA256", "signatureAlgorithm": "ECDSA"}}}]}
            """, Ct);
        // In place of the AWS CLI, which need not be there: what it is told is what counts.
        await File.WriteAllTextAsync(Place("aws"), $"#!/bin/sh\necho \"$@\" > '{Place("aws.words")}'\n", Ct);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Place("aws"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task MakeWebhooks()
    {
        foreach (var id in (string[])["kept", "gone"])
            await Must("webhook", "create", id, "--url", Words("{hook}")[0]);
    }

    private async Task Must(params string[] words)
    {
        var ran = await Shell.Run([.. words, "--data", Server.Folder]);
        Assert.True(ran.Code == 0, $"{string.Join(' ', words)}: {ran.Error}");
    }

    private string Place(string name) => Path.Combine(Folder, name);
}
