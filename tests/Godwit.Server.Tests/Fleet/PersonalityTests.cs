using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Godwit.Fleet;
using Godwit.Fleet.Agents;
using Godwit.Fleet.Images;
using Godwit.Fleet.Link;
using Godwit.Fleet.Operator;
using Godwit.Server.Tls;

namespace Godwit.Server.Tests.Fleet;

/// <summary>Every kind of agent against the running service, one device each, with everything that arrives and with much that does not: all end on the new image.</summary>
public sealed class PersonalityTests : IAsyncLifetime, IDeviceWatch
{
    private const string Policy = "agents", Group = "agents", Bucket = "agents-firmware";
    private const int ImageBytes = 30_001;

    private static readonly FirmwareVersion Before = new(1, 0, 0), After = new(2, 0, 0);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<DeviceEvent>> _ends = new();
    private readonly ConcurrentDictionary<string, DevicePhase> _phases = new();
    private readonly ECDsa _signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private TestServer _server = null!;
    private AwsClient _aws = null!;
    private RangeFetcher _ranges = null!;
    private DeviceEndpoint _at = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private FleetOperator Office => new(_aws, _signer, TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        _aws = new AwsClient(_server.Address, TestServer.Key.Id, TestServer.Key.Secret, "us-east-1", TimeProvider.System);
        var root = _server.Get<CertificateAuthority>().Certificate;
        _ranges = new RangeFetcher(root);
        _at = new DeviceEndpoint("localhost", _server.Endpoints.MqttPort, root);
        await Office.CreatePolicy(Policy, Ct);
        await Office.CreateBucket(Bucket, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        _ranges.Dispose();
        _aws.Dispose();
        await _server.DisposeAsync();
        _signer.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public async Task Every_agent_takes_an_OTA_update(double loss)
    {
        var group = await Office.CreateGroup(Group, Ct);
        var devices = new List<EmulatedDevice>();
        foreach (var (personality, primary) in new[]
                 {
                     (Personality.Classic, "MQTT"), (Personality.Classic, "HTTP"), (Personality.Modular, "MQTT"), (Personality.Esp, "MQTT"), (Personality.Esp, "HTTP"),
                     (Personality.Stm32U5, "MQTT"), (Personality.EspHttpsOta, "HTTP"),
                 })
            devices.Add(await Device($"{personality}-{primary}", personality, primary, loss));
        var image = FirmwareImage.Make(After, ImageBytes);
        var version = await Office.Upload(Bucket, "app.bin", image, Ct);

        await using var fleet = new FleetRunner(devices);
        if (loss == 0)
            fleet.Start();
        await Office.CreateUpdate(new UpdateOrder { OtaUpdateId = "rel2", TargetArn = group, Image = image, Bucket = Bucket, Key = "app.bin", ObjectVersion = version, FileVersion = "2.0.0" }, Ct);

        await Office.AwaitCreated("rel2", Ct);
        if (loss > 0)
            await StartWithTheJobWaiting(fleet, "AFR_OTA-rel2", devices.Count);

        await AllRun(devices);
        await Completed("AFR_OTA-rel2", devices.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public async Task The_Nordic_agent_takes_a_job_with_its_own_document(double loss)
    {
        var group = await Office.CreateGroup(Group, Ct);
        var device = await Device("nordic", Personality.Nordic, "HTTP", loss);
        await Office.Upload(Bucket, "app.bin", FirmwareImage.Make(After, ImageBytes), Ct);
        await using var fleet = new FleetRunner([device]);
        if (loss == 0)
            fleet.Start();
        await _aws.Call("iot", HttpMethod.Put, "/jobs/fota", new JsonObject
        {
            ["targets"] = new JsonArray(group),
            ["document"] = $$$"""{"operation":"app_fw_update","fwversion":"v2.0.0","size":{{{ImageBytes}}},"location":{"url":"${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/{{{Bucket}}}/app.bin}"}}""",
            ["presignedUrlConfig"] = new JsonObject { ["roleArn"] = "arn:aws:iam::000000000000:role/ota-service-role", ["expiresInSec"] = 600 },
        }, Ct);

        if (loss > 0)
            await StartWithTheJobWaiting(fleet, "fota", 1);

        await AllRun([device]);
        await Completed("fota", 1);
    }

    void IDeviceWatch.OnPhase(DeviceEvent change)
    {
        _phases[change.Thing] = change.Phase;
        if (change.Phase is DevicePhase.Succeeded or DevicePhase.Failed)
            _ends[change.Thing].TrySetResult(change);
    }

    void IDeviceWatch.OnBlock(string thing, int received, int total)
    {
    }

    private async Task<EmulatedDevice> Device(string thing, Personality personality, string primary, double loss)
    {
        _ends[thing] = new TaskCompletionSource<DeviceEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        var profile = AgentProfile.Of(thing, personality, primary, _signer) with
        {
            RequestTimeout = TimeSpan.FromMilliseconds(200), Faults = new DeviceFaults { Loss = loss, Seed = 7 },
        };
        return new EmulatedDevice(profile, new Flash { Running = Before }, await Office.Register(thing, Policy, Group, Ct), _at, _ranges, TimeProvider.System, this);
    }

    /// <summary>Whoever is idle and loses the one notification of a job hears of it no more until it connects anew; what a device asks for it asks for again.</summary>
    private async Task StartWithTheJobWaiting(FleetRunner fleet, string jobId, int devices)
    {
        while ((await Office.Job(jobId, Ct)).Counts["numberOfQueuedThings"]!.GetValue<int>() < devices)
            await Task.Yield();
        fleet.Start();
    }

    private async Task AllRun(IReadOnlyList<EmulatedDevice> devices)
    {
        foreach (var device in devices)
        {
            var ended = await Task.WhenAny(_ends[device.Thing].Task, Task.Delay(TimeSpan.FromSeconds(60), Ct)) == _ends[device.Thing].Task;
            Assert.True(ended, $"{device.Thing} is {_phases.GetValueOrDefault(device.Thing)} after a minute");
            var end = await _ends[device.Thing].Task;
            Assert.Equal((DevicePhase.Succeeded, After, false), (end.Phase, device.Flash.Running, device.Flash.SelfTestPending));
        }
    }

    /// <summary>The last report is on its way when a device says that it is done.</summary>
    private async Task Completed(string jobId, int devices)
    {
        while (true)
        {
            var (status, counts) = await Office.Job(jobId, Ct);
            if (status == "COMPLETED" || counts["numberOfSucceededThings"]!.GetValue<int>() == devices)
                return;
            Assert.Equal(0, counts["numberOfFailedThings"]!.GetValue<int>());
            await Task.Yield();
        }
    }
}
