using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Core;
using Godwit.Fleet;
using Godwit.Fleet.Agents;
using Godwit.Fleet.Images;
using Godwit.Fleet.Link;
using Godwit.Pages.Shared;
using Godwit.Server;
using Godwit.Server.Tls;

namespace Godwit.Pages.Fleet;

/// <summary>
/// Emulated devices that run in this process and speak to it over its own ports, as any device does. They are registered by the operations, as the person who
/// asked for them. They end with the process; their things stay.
/// </summary>
public sealed class EmulatedFleet(Endpoints endpoints, ServerOptions options, IRandomSource random, TimeProvider time) : IDeviceWatch, IAsyncDisposable
{
    public const int DevicesMax = 2000;
    public const string Group = "emulated";
    public const string Bucket = "emulated-firmware";
    private const string Policy = "emulated-device";
    private const int ImageBytes = 256 * 1024;

    private const string PolicyDocument =
        """
        {"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}"},
        {"Effect":"Allow","Action":"iot:Subscribe","Resource":["arn:aws:iot:*:*:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*","arn:aws:iot:*:*:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/streams/*"]},
        {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":["arn:aws:iot:*:*:topic/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*","arn:aws:iot:*:*:topic/$aws/things/${iot:Connection.Thing.ThingName}/streams/*"]}]}
        """;

    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentDictionary<string, DevicePhase> _phases = new();
    private readonly List<FleetRunner> _runners = [];
    private readonly Lazy<ECDsa> _signer = new(() => ECDsa.Create(ECCurve.NamedCurves.nistP256));
    private readonly Lazy<ECDsa> _stranger = new(() => ECDsa.Create(ECCurve.NamedCurves.nistP256));
    private FirmwareVersion _newest = new(1, 0, 0);
    private X509Certificate2? _root;
    private RangeFetcher? _ranges;

    public int Count => _phases.Count;

    /// <summary>Devices that are being registered.</summary>
    public int Coming { get; private set; }

    /// <summary>Why the last request for devices ended early, or null.</summary>
    public string? Failure { get; private set; }

    public IReadOnlyDictionary<DevicePhase, int> Phases => _phases.Values.GroupBy(phase => phase).ToDictionary(group => group.Key, group => group.Count());

    /// <summary>Begins to register and start devices; answers the refusal of what cannot begin.</summary>
    public ServiceError? Add(ConsoleApi api, FleetOrder order)
    {
        if (order.Devices < 1 || Count + order.Devices > DevicesMax)
            return Errors.InvalidRequest($"There may be 1 to {DevicesMax} emulated devices, and {Count} are there. Ask for up to {DevicesMax - Count}, or use ./godwit fleet up.");
        if (!_one.Wait(0))
            return Errors.Throttling($"{Coming} devices are being registered. Wait until they are there.");
        (Coming, Failure) = (order.Devices, null);
        _ = Task.Run(() => Register(api, order));
        return null;
    }

    /// <summary>A new image in the bucket, signed with the key that these devices trust: what a new update's form is filled with.</summary>
    public async Task<Result<string>> MakeFirmware(S3Reader s3)
    {
        var version = _newest = new FirmwareVersion(_newest.Major, (byte)(_newest.Minor + 1), 0);
        var (image, key) = (FirmwareImage.Make(version, ImageBytes), $"emulated-{version}.bin");
        if (await s3.MakeBucket(Bucket) is { } refused)
            return refused;
        var stored = await s3.Put(Bucket, key, image);
        if (!stored.IsOk)
            return stored.Error;
        var signature = Convert.ToBase64String(_signer.Value.SignData(image, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        return $"/console/new-update?bucket={Bucket}&key={key}&objectVersion={Words.Url(stored.Value)}&fileVersion={version}&otaUpdateId=emulated-{version.ToString().Replace('.', '-')}"
            + $"&signature={Words.Url(signature)}&certificatePem={Words.Url(Certificate())}&targets={Words.Url("thinggroup/" + Group)}&download=3";
    }

    /// <summary>The certificate with which such devices would have been built.</summary>
    private string Certificate()
    {
        var request = new CertificateRequest("CN=emulated devices", _signer.Value, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], critical: false));
        using var certificate = request.CreateSelfSigned(time.GetUtcNow().AddDays(-1), time.GetUtcNow().AddYears(10));
        return certificate.ExportCertificatePem();
    }

    /// <summary>Switches all of them off.</summary>
    public async Task Stop()
    {
        await _one.WaitAsync();
        try
        {
            foreach (var runner in _runners)
                await runner.DisposeAsync();
            _runners.Clear();
            _phases.Clear();
        }
        finally
        {
            _one.Release();
        }
    }

    public void OnPhase(DeviceEvent change) => _phases[change.Thing] = change.Phase;

    public void OnBlock(string thing, int received, int total)
    {
        // The pages tell progress from what devices report, as of real ones.
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var runner in _runners)
            await runner.DisposeAsync();
        _ranges?.Dispose();
        _root?.Dispose();
        foreach (var key in new[] { _signer, _stranger }.Where(key => key.IsValueCreated))
            key.Value.Dispose();
        _one.Dispose();
    }

    private async Task Register(ConsoleApi api, FleetOrder order)
    {
        try
        {
            await Try(api, "POST", $"/policies/{Policy}", new JsonObject { ["policyDocument"] = PolicyDocument });
            await Try(api, "POST", $"/thing-groups/{Group}", new JsonObject());
            var devices = new List<EmulatedDevice>();
            var plan = order.ToPlan("emu-" + random.NewText(3, "abcdefghjkmnpqrstuvwxyz"));
            for (var i = 0; i < order.Devices; i++)
            {
                if (await Make(api, plan.Of(i, _signer.Value, _stranger.Value)) is not { } device)
                    break;
                devices.Add(device);
                Coming--;
            }
            foreach (var device in devices)
                _phases[device.Thing] = DevicePhase.Connecting;
            var runner = new FleetRunner(devices);
            _runners.Add(runner);
            runner.Start();
        }
        catch (Exception failure) when (failure is IOException or CryptographicException)
        {
            Failure = failure.Message;
        }
        finally
        {
            Coming = 0;
            _one.Release();
        }
    }

    private async Task<EmulatedDevice?> Make(ConsoleApi api, AgentProfile profile)
    {
        var thing = profile.Thing;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest($"CN={thing}", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var made = await api.Send<NewCertificate>("iot", "POST", "/certificates?setAsActive=true", new JsonObject { ["certificateSigningRequest"] = csr });
        Failure = made.Error?.Message
            ?? await Try(api, "POST", $"/things/{thing}", new JsonObject { ["attributePayload"] = new JsonObject { ["attributes"] = new JsonObject { ["emulated"] = "true" } } })
            ?? await Try(api, "PUT", $"/target-policies/{Policy}", new JsonObject { ["target"] = made.Value.CertificateArn })
            ?? await Try(api, "PUT", $"/things/{thing}/principals", null, made.Value.CertificateArn)
            ?? await Try(api, "PUT", "/thing-groups/addThingToThingGroup", new JsonObject { ["thingGroupName"] = Group, ["thingName"] = thing });
        if (Failure is not null)
            return null;
        _root ??= X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(options.TlsKey.CaFile(Path.Combine(options.DataDirectory, "tls"))));
        _ranges ??= new RangeFetcher(_root);
        using var certificate = X509Certificate2.CreateFromPem(made.Value.CertificatePem);
        return new EmulatedDevice(
            profile, new Flash { Running = new FirmwareVersion(1, 0, 0) }, certificate.CopyWithPrivateKey(key), new DeviceEndpoint("localhost", endpoints.MqttPort, _root), _ranges, time, this);
    }

    /// <summary>Null where it is done or was there already.</summary>
    private static async Task<string?> Try(ConsoleApi api, string method, string target, JsonObject? body, string? principal = null)
    {
        var answer = await api.Send<JsonObject>("iot", method, target, body, principal: principal);
        return answer.Error is { } error && error.Code != "ResourceAlreadyExistsException" ? error.Message : null;
    }

    private sealed record NewCertificate(string CertificateArn, string CertificatePem);
}
