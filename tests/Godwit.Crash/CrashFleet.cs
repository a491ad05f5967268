using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Fleet;
using Godwit.Fleet.Agents;
using Godwit.Fleet.Images;
using Godwit.Fleet.Link;
using Godwit.Fleet.Operator;

namespace Godwit.Crash;

/// <summary>A few devices that are updated over and over while the service is killed; at the end every one must run the last image.</summary>
public sealed class CrashFleet(FleetOperator office, Ledger ledger, ECDsa signer, int devices) : IDeviceWatch, IAsyncDisposable
{
    private const string Policy = "crash-device";
    private const string Group = "crash-fleet";

    private readonly ConcurrentQueue<string> _updates = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private FleetRunner? _fleet;
    private RangeFetcher? _ranges;
    private string _groupArn = "";
    private ushort _build;

    /// <summary>Updates whose creation was acknowledged.</summary>
    public IReadOnlyCollection<string> Updates => _updates;

    /// <summary>What devices reported as failed; nothing should.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    public async Task Start(ServiceProcess service, string folder, CancellationToken ct)
    {
        await office.CreatePolicy(Policy, ct);
        _groupArn = await office.CreateGroup(Group, ct);
        await office.CreateBucket(Load.Bucket, ct);
        await office.CreateRole(Load.Bucket, ct);
        var root = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(folder, "tls", "ca.pem"), ct));
        _ranges = new RangeFetcher(root);
        var at = new DeviceEndpoint("localhost", service.MqttPort, root);
        var all = new List<EmulatedDevice>();
        for (var i = 0; i < devices; i++)
        {
            var thing = $"crash-device-{i}";
            var identity = await office.Register(thing, Policy, Group, ct);
            var profile = new AgentProfile(thing, Personality.Classic, i % 4 == 3 ? "HTTP" : "MQTT", signer) { RequestTimeout = TimeSpan.FromSeconds(1) };
            all.Add(new EmulatedDevice(profile, new Flash { Running = new FirmwareVersion(1, 0, 0) }, identity, at, _ranges, TimeProvider.System, this));
        }
        _fleet = new FleetRunner(all);
        _fleet.Start();
    }

    /// <summary>One more update for the whole fleet. A call that is not answered counts as unknown, and the same version is not used again.</summary>
    public async Task UpdateAll(CancellationToken ct)
    {
        var version = new FirmwareVersion(1, 0, ++_build);
        var image = FirmwareImage.Make(version, 64 * 1024);
        var id = $"crash-{_build}";
        try
        {
            var objectVersion = await office.Upload(Load.Bucket, $"{id}.bin", image, ct);
            await office.CreateUpdate(
                new UpdateOrder { OtaUpdateId = id, TargetArn = _groupArn, Image = image, Bucket = Load.Bucket, Key = $"{id}.bin", ObjectVersion = objectVersion, FileVersion = version.ToString() },
                ct);
            _updates.Enqueue(id);
            ledger.Acknowledged(new Promise("update", id, "CREATE_COMPLETE"));
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or IOException)
        {
            ledger.NotAnswered();
        }
    }

    /// <summary>Whether every acknowledged update has reached every device and the service knows it.</summary>
    public async Task<string?> Unfinished(CancellationToken ct)
    {
        foreach (var id in _updates)
        {
            var (status, counts) = await office.Job("AFR_OTA-" + id, ct);
            if (status != "COMPLETED")
                return $"AFR_OTA-{id} is {status}: {counts.ToJsonString()}";
        }
        return null;
    }

    public void OnPhase(DeviceEvent change)
    {
        if (change.Phase == DevicePhase.Failed)
            _failures.Enqueue($"{change.Thing}: {change.Detail}");
    }

    public void OnBlock(string thing, int received, int total)
    {
    }

    public async ValueTask DisposeAsync()
    {
        if (_fleet is not null)
            await _fleet.DisposeAsync();
        _ranges?.Dispose();
    }
}
