using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Godwit.Fleet;
using Godwit.Fleet.Agents;
using Godwit.Fleet.Images;
using Godwit.Fleet.Link;
using Godwit.Fleet.Operator;
using Godwit.Server.Tls;

namespace Godwit.Server.Tests.Signing;

/// <summary>The whole service on real sockets, an operator who has Signer sign, and emulated devices that believe one signer each.</summary>
public sealed class SigningFleet : IAsyncLifetime
{
    public const string Bucket = "firmware";

    private const string Policy = "devices", Group = "all";

    private static readonly FirmwareVersion Before = new(0, 9, 2), After = new(0, 9, 3);

    private AwsClient _aws = null!;
    private readonly ECDsa _unused = ECDsa.Create();
    private RangeFetcher _ranges = null!;
    private FleetOperator _operator = null!;
    private int _made;

    public TestServer Server { get; private set; } = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => Open(options => options);

    /// <summary>A service of one's own, for what cannot be shared.</summary>
    public static async Task<SigningFleet> Start(Func<ServerOptions, ServerOptions> configure)
    {
        var fleet = new SigningFleet();
        await fleet.Open(configure);
        return fleet;
    }

    /// <summary>Stops and starts again on the same folder, with other settings.</summary>
    public async Task Restart(Func<ServerOptions, ServerOptions> configure)
    {
        await Server.Restart(configure);
        Call();
    }

    public async ValueTask DisposeAsync()
    {
        _ranges.Dispose();
        _aws.Dispose();
        _unused.Dispose();
        await Server.DisposeAsync();
    }

    /// <summary>An image that a device of this fleet would start, as an object.</summary>
    /// <param name="spoilt">With one bit that is not as it was built.</param>
    /// <param name="version">Otherwise one that is newer than what devices run.</param>
    public async Task<JsonObject> Upload(bool spoilt = false, FirmwareVersion? version = null)
    {
        var image = FirmwareImage.Make(version ?? After, 10_000);
        image[5_000] ^= (byte)(spoilt ? 1 : 0);
        var key = $"app{Interlocked.Increment(ref _made)}.bin";
        return new JsonObject { ["bucket"] = Bucket, ["key"] = key, ["version"] = await _operator.Upload(Bucket, key, image, Ct) };
    }

    public Task<JsonObject> Call(string service, HttpMethod method, string path, JsonObject? body) => _aws.Call(service, method, path, body, Ct);

    /// <summary>An update of one file for a new device that believes this signer; answers how it ended on the device: its version, or why not.</summary>
    public async Task<(DeviceEvent End, string Execution)> Update(JsonObject file, AsymmetricAlgorithm signer, string protocol, Personality personality = Personality.Classic)
    {
        var thing = $"dev{Interlocked.Increment(ref _made)}";
        var identity = await _operator.Register(thing, Policy, Group, Ct);
        await Call("iot", HttpMethod.Post, $"/otaUpdates/{thing}", new JsonObject
        {
            ["targets"] = new JsonArray($"arn:aws:iot:us-east-1:{TestServer.Key.Account}:thing/{thing}"),
            ["protocols"] = new JsonArray(protocol),
            ["roleArn"] = $"arn:aws:iam::{TestServer.Key.Account}:role/ota",
            ["files"] = new JsonArray(file),
        });
        await _operator.AwaitCreated(thing, Ct);
        var ended = new Ending();
        var device = new EmulatedDevice(
            new AgentProfile(thing, personality, protocol, signer), new Flash { Running = Before }, identity,
            new DeviceEndpoint("localhost", Server.Endpoints.MqttPort, Server.Get<CertificateAuthority>().Certificate), _ranges, Server.Time, ended);
        DeviceEvent end;
        await using (var fleet = new FleetRunner([device]))
        {
            fleet.Start();
            end = await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
            // The last report is on its way when the device says that it has ended; it is not switched off before the service has it.
            while (await Status(thing) is "QUEUED" or "IN_PROGRESS")
                Ct.ThrowIfCancellationRequested();
        }
        identity.Dispose();
        return (end, await Status(thing));
    }

    /// <summary>A file that Signer signs.</summary>
    public static JsonObject Started(JsonObject location, string profile) => new()
    {
        ["fileName"] = "/fw/app.bin",
        ["fileLocation"] = new JsonObject { ["s3Location"] = location },
        ["codeSigning"] = new JsonObject
        {
            ["startSigningJobParameter"] = new JsonObject
            {
                ["signingProfileName"] = profile,
                ["destination"] = new JsonObject { ["s3Destination"] = new JsonObject { ["bucket"] = Bucket, ["prefix"] = "signed/" } },
            },
        },
    };

    /// <summary>A new profile with a certificate of ACM; answers its name.</summary>
    public async Task<string> Profile(string certificateArn, string platform, string? encryption)
    {
        var profile = $"p{Guid.NewGuid():N}";
        await Call("signer", HttpMethod.Put, $"/signing-profiles/{profile}", new JsonObject
        {
            ["platformId"] = platform,
            ["signingMaterial"] = new JsonObject { ["certificateArn"] = certificateArn },
            ["signingParameters"] = new JsonObject { ["certname"] = "/certs/signer.crt" },
            ["overrides"] = encryption is null ? null : new JsonObject { ["signingConfiguration"] = new JsonObject { ["encryptionAlgorithm"] = encryption } },
        });
        return profile;
    }

    private async ValueTask Open(Func<ServerOptions, ServerOptions> configure)
    {
        Server = await TestServer.Start(configure: configure);
        Call();
        _ranges = new RangeFetcher(Server.Get<CertificateAuthority>().Certificate);
        await _operator.CreatePolicy(Policy, Ct);
        await _operator.CreateGroup(Group, Ct);
        await _operator.CreateBucket(Bucket, Ct);
    }

    private void Call()
    {
        _aws?.Dispose();
        _aws = new AwsClient(Server.Address, TestServer.Key.Id, TestServer.Key.Secret, "us-east-1", Server.Time);
        _operator = new FleetOperator(_aws, _unused, Server.Time);
    }

    private async Task<string> Status(string thing) =>
        (await Call("iot", HttpMethod.Get, $"/things/{thing}/jobs/AFR_OTA-{thing}", null))["execution"]!["status"]!.GetValue<string>();

    /// <summary>The device's own end of the update, whichever it is.</summary>
    private sealed class Ending : IDeviceWatch
    {
        private readonly TaskCompletionSource<DeviceEvent> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<DeviceEvent> Task => _ended.Task;

        public void OnPhase(DeviceEvent change)
        {
            if (change.Phase is DevicePhase.Succeeded or DevicePhase.Failed)
                _ended.TrySetResult(change);
        }

        public void OnBlock(string thing, int received, int total)
        {
        }
    }
}
