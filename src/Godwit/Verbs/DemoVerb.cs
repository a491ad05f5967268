using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Godwit.Cli;
using Godwit.Demo;
using Godwit.Fleet.Images;
using Godwit.Fleet.Operator;
using Godwit.Pages.Hosting;
using Godwit.Server;
using Godwit.Server.Access;
using Godwit.Server.Access.Users;
using Godwit.Server.Hosting;
using Godwit.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Verbs;

/// <summary><c>godwit demo</c>: a whole update, from an empty folder to the summary.</summary>
public static class DemoVerb
{
    private const string SignerFile = "demo-signer.pem";
    private const string NextImageFile = "app-1.2.0.bin";

    public static Command Create()
    {
        var devices = new Option<int>("--devices") { HelpName = "N", Description = "How many devices are emulated.", DefaultValueFactory = _ => 50 };
        var imageKiB = new Option<int>("--image-kib") { HelpName = "KIB", Description = "The size of the firmware image.", DefaultValueFactory = _ => 1024 };
        var seconds = new Option<int>("--patience") { HelpName = "SECONDS", Description = "How long to wait for the job to complete.", DefaultValueFactory = _ => 120 };
        var keep = new Option<bool>("--keep") { Description = "Leave the service running afterwards, until Ctrl+C." };
        var database = new Option<string?>("--database") { HelpName = "STRING", Description = "An empty PostgreSQL to hold the state, in place of SQLite, for example \"Host=db;Database=demo\"." };
        var json = new Option<bool>("--json") { Description = "Print nothing but the summary, as JSON." };
        devices.Validators.Add(given => Between(given, 1, 10_000));
        imageKiB.Validators.Add(given => Between(given, 1, 24 * 1024));
        database.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<string?>() is { } text && Postgres.Mistake(text) is { } cause)
                given.AddError($"--database: this is no connection string of PostgreSQL ({cause}).");
        });
        seconds.Validators.Add(given => Between(given, 1, 86_400));

        var command = new Command("demo", "Run a whole update here and now: a service, a fleet of emulated devices, and one CreateOTAUpdate.") { devices, imageKiB, seconds, database, keep, json };
        command.With("godwit demo", "godwit demo --devices 200 --keep", "godwit demo --json");
        command.SetAction((parsed, ct) => Run(
            new DemoOptions(
                parsed.GetValue(devices), parsed.GetValue(keep), parsed.GetValue(json), parsed.GetValue(imageKiB) * 1024, TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(database)),
            ct));
        return command;
    }

    private static void Between(System.CommandLine.Parsing.OptionResult given, int min, int max)
    {
        if (given.GetValueOrDefault<int>() is var value && (value < min || value > max))
            given.AddError($"{given.Option.Name} takes a number from {min} to {max}, not {value}.");
    }

    private static async Task<int> Run(DemoOptions options, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-demo-").FullName;
        var settings = Settings(folder, options.Database);
        try
        {
            await using var server = await GodwitServer.Start(settings, TimeProvider.System, new SystemRandomSource(), Logs.To(LogLevel.Warning, "text"), ct, ConsoleAddOn.Create());
            await using var demo = new DemoRun(options, server, settings, TimeProvider.System);
            var summary = await demo.Run(ct);
            if (options.Keep)
                await KeepForOthers(demo, server, settings, options.ImageBytes, ct);
            Console.WriteLine(options.Json ? summary.ToJson().ToJsonString() : summary.ToText() + Next(options, summary, folder, await server.Services.GetRequiredService<FirstVisit>().Token(ct)));
            if (options.Keep)
                await server.WaitForStop(ct);
            return summary.AsExpected ? 0 : 1;
        }
        catch (Exception failure) when (failure is AwsCallException or TimeoutException or StartupException)
        {
            Console.Error.WriteLine($"godwit: {failure.Message}");
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What other verbs need to find the service, and an update after this one to be made and taken.</summary>
    private static async Task KeepForOthers(DemoRun demo, GodwitServer server, ServerOptions settings, int imageBytes, CancellationToken ct)
    {
        RunningService.Write(settings.DataDirectory, server.Endpoints, settings.DefaultRegion);
        PrivateFile.Write(Path.Combine(settings.DataDirectory, SignerFile), Encoding.ASCII.GetBytes(demo.SignerPem));
        await File.WriteAllBytesAsync(Path.Combine(settings.DataDirectory, NextImageFile), FirmwareImage.Make(DemoPlan.Next, imageBytes), ct);
    }

    private static ServerOptions Settings(string folder, string? database) => new()
    {
        DataDirectory = folder,
        Database = database,
        ApiPort = 0,
        MqttPort = 0,
        HttpsPort = 0,
        AccessKeys = [new PresetAccessKey("DEMO", RandomNumberGenerator.GetHexString(40, lowercase: true), "000000000000")],
    };

    private static string Next(DemoOptions options, DemoSummary summary, string folder, string? firstVisit) => options.Keep
        ? $"""

          The service goes on at {summary.Endpoint} (Ctrl+C ends it). Look at the update in a browser:
            {summary.Endpoint}/console/welcome?token={firstVisit}
          Type next, in another terminal:
            eval "$(./godwit env --data {folder})"
            aws --endpoint-url $AWS_ENDPOINT_URL iot get-ota-update --ota-update-id {DemoPlan.OtaUpdateId}
          The devices stay connected. Update them once more:
            ./godwit update create next --data {folder} --firmware {folder}/{NextImageFile} --sign-key {folder}/{SignerFile} --bucket {DemoPlan.Bucket} --target thinggroup/{DemoPlan.Group} --protocol MQTT HTTP --follow
          """
        : $"""

          The service ran at {summary.Endpoint}. Type next:
            ./godwit demo --keep          to look around in it afterwards
            ./godwit serve --data ./data  to start your own
          """;
}
