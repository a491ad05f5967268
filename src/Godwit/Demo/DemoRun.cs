using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Fleet;
using Godwit.Fleet.Images;
using Godwit.Fleet.Link;
using Godwit.Fleet.Operator;
using Godwit.Server;
using Godwit.Server.Hosting;
using Godwit.Server.Tls;

namespace Godwit.Demo;

/// <summary>The demo from an empty folder to a finished update: a service, a fleet, and an operator who only has the public API.</summary>
public sealed class DemoRun(DemoOptions options, GodwitServer server, ServerOptions settings, TimeProvider time) : IAsyncDisposable
{
    private const int CallsAtOnce = 8;

    private readonly DemoPlan _plan = new(options.Devices, options.ImageBytes);
    private readonly DemoWatch _watch = new(time);
    private readonly DemoScreen _screen = new(options.Json, time);
    private readonly ECDsa _signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private FleetRunner? _fleet;
    private RangeFetcher? _ranges;
    private X509Certificate2? _root;

    private Uri Endpoint => new($"http://127.0.0.1:{server.Endpoints.ApiPort}");

    /// <summary>The devices stay connected afterwards, and take what comes, until this is disposed.</summary>
    public async Task<DemoSummary> Run(CancellationToken ct)
    {
        var start = time.GetTimestamp();
        var key = settings.AccessKeys[0];
        using var aws = new AwsClient(Endpoint, key.Id, key.Secret, settings.DefaultRegion, time);
        var office = new FleetOperator(aws, _signer, time);

        _screen.Step($"the service runs at {Endpoint}");
        await office.CreatePolicy(DemoPlan.Policy, ct);
        var group = await office.CreateGroup(DemoPlan.Group, ct);
        var identities = await Register(office, ct);
        _screen.Step($"{identities.Count} devices are registered, each with a certificate of its own, in thing group {DemoPlan.Group}");

        _root = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(settings.TlsKey.CaFile(Path.Combine(settings.DataDirectory, "tls")), ct));
        _ranges = new RangeFetcher(_root);
        _fleet = new FleetRunner(Devices(identities, _root, _ranges));
        _fleet.Start();
        await Until(() => _watch.Connected >= _plan.Devices, "all devices to connect", ct);
        _screen.Step($"{_watch.Connected} devices are connected over mutual TLS");

        var image = FirmwareImage.Make(DemoPlan.After, _plan.ImageBytes);
        await office.CreateBucket(DemoPlan.Bucket, ct);
        await office.CreateRole(DemoPlan.Bucket, ct);
        var version = await office.Upload(DemoPlan.Bucket, DemoPlan.ImageKey, image, ct);
        _screen.Step($"{image.Length} bytes of firmware {DemoPlan.After} are uploaded to s3://{DemoPlan.Bucket}/{DemoPlan.ImageKey}");
        await office.CreateUpdate(Order(group, image, version), ct);
        await office.AwaitCreated(DemoPlan.OtaUpdateId, ct);
        _screen.Step($"CreateOTAUpdate {DemoPlan.OtaUpdateId} is CREATE_COMPLETE: signed, streamed, targeted");

        var status = "";
        await _screen.Follow(_watch, _plan, async token => (status = (await office.Job(DemoPlan.JobId, token)).Status) == "COMPLETED" || TooLong(start), ct);
        return await Summarise(office, status, start, ct);
    }

    /// <summary>The key that signs images for the devices, for who goes on with them.</summary>
    public string SignerPem => _signer.ExportPkcs8PrivateKeyPem();

    public async ValueTask DisposeAsync()
    {
        if (_fleet is not null)
            await _fleet.DisposeAsync();
        _ranges?.Dispose();
        _root?.Dispose();
        _signer.Dispose();
    }

    private async Task<IReadOnlyList<X509Certificate2>> Register(FleetOperator office, CancellationToken ct)
    {
        var identities = new ConcurrentDictionary<int, X509Certificate2>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, _plan.Devices),
            new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = ct },
            async (index, token) => identities[index] = await office.Register(DemoPlan.Thing(index), DemoPlan.Policy, DemoPlan.Group, token));
        return [.. identities.OrderBy(pair => pair.Key).Select(pair => pair.Value)];
    }

    private static UpdateOrder Order(string group, byte[] image, string version) => new()
    {
        OtaUpdateId = DemoPlan.OtaUpdateId,
        TargetArn = group,
        Image = image,
        Bucket = DemoPlan.Bucket,
        Key = DemoPlan.ImageKey,
        ObjectVersion = version,
        FileVersion = DemoPlan.After.ToString(),
    };

    private List<EmulatedDevice> Devices(IReadOnlyList<X509Certificate2> identities, X509Certificate2 root, RangeFetcher ranges)
    {
        var at = new DeviceEndpoint("localhost", server.Endpoints.MqttPort, root);
        return [.. identities.Select((identity, index) =>
            new EmulatedDevice(_plan.Profile(index, _signer), new Flash { Running = DemoPlan.Before }, identity, at, ranges, time, _watch))];
    }

    private bool TooLong(long start) => time.GetElapsedTime(start) > options.Patience;

    private async Task Until(Func<bool> done, string what, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        while (!done())
        {
            if (TooLong(start))
                throw new TimeoutException($"Waited {options.Patience.TotalSeconds:0} s for {what}; {_watch.Connected} of {_plan.Devices} are connected.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, ct);
        }
    }

    private async Task<DemoSummary> Summarise(FleetOperator office, string status, long start, CancellationToken ct)
    {
        var (_, counts) = await office.Job(DemoPlan.JobId, ct);
        int Of(string member) => counts[member]?.GetValue<int>() ?? 0;
        var states = new Dictionary<string, int>
        {
            ["SUCCEEDED"] = Of("numberOfSucceededThings"),
            ["FAILED"] = Of("numberOfFailedThings"),
            ["REJECTED"] = Of("numberOfRejectedThings"),
            ["TIMED_OUT"] = Of("numberOfTimedOutThings"),
            ["CANCELED"] = Of("numberOfCanceledThings"),
            ["QUEUED"] = Of("numberOfQueuedThings"),
            ["IN_PROGRESS"] = Of("numberOfInProgressThings"),
        };
        var expectedFailures = _plan.Devices > 1 ? 1 : 0;
        return new DemoSummary(
            _plan.Devices,
            states,
            _plan.ImageBytes,
            _watch.BlocksReceived * 4096L,
            _watch.BlocksReceived,
            time.GetElapsedTime(start).TotalSeconds,
            _watch.Downloading.TotalSeconds,
            Endpoint.ToString().TrimEnd('/'),
            status == "COMPLETED" && states["SUCCEEDED"] == _plan.Devices - expectedFailures && states["FAILED"] == expectedFailures);
    }
}
