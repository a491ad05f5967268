using System.Security.Cryptography;
using Godwit.Fleet.Operator;

namespace Godwit.Server.Tests.DevicePlane;

/// <summary>The whole service on real sockets, an operator who uses its public API only, and devices by MQTTnet: on the device's side of the wire nothing is ours.</summary>
public sealed class AcceptanceFleet : IAsyncLifetime
{
    private const string Policy = "devices", Bucket = "firmware";

    private readonly ECDsa _signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private AwsClient _aws = null!;
    private FleetOperator _operator = null!;
    private int _updates;

    public TestServer Server { get; private set; } = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => Open(options => options);

    /// <summary>A service of one's own, for what cannot be shared.</summary>
    public static async Task<AcceptanceFleet> Start(Func<ServerOptions, ServerOptions>? configure = null)
    {
        var fleet = new AcceptanceFleet();
        await fleet.Open(configure ?? (options => options));
        return fleet;
    }

    /// <summary>A thing with a certificate of its own; <see cref="AcceptanceDevice.Connect"/> brings it online.</summary>
    public async Task<AcceptanceDevice> Register(string thing)
    {
        await _operator.CreateGroup(GroupOf(thing), Ct);
        return new AcceptanceDevice(Server, thing, await _operator.Register(thing, Policy, GroupOf(thing), Ct));
    }

    /// <summary>A signed image for the thing, by CreateOTAUpdate; returns once the update is CREATE_COMPLETE.</summary>
    public async Task<UpdateOrder> CreateUpdate(string thing, byte[] image, params string[] protocols)
    {
        var id = $"rel{Interlocked.Increment(ref _updates)}";
        var order = new UpdateOrder
        {
            OtaUpdateId = id,
            TargetArn = $"arn:aws:iot:us-east-1:{TestServer.Key.Account}:thinggroup/{GroupOf(thing)}",
            Image = image,
            Bucket = Bucket,
            Key = $"{id}.bin",
            ObjectVersion = await _operator.Upload(Bucket, $"{id}.bin", image, Ct),
            Protocols = protocols.Length > 0 ? protocols : ["MQTT"],
        };
        await _operator.CreateUpdate(order, Ct);
        await _operator.AwaitCreated(id, Ct);
        return order;
    }

    /// <summary>Stops and starts again on the same folder; devices must connect anew.</summary>
    public async Task Restart()
    {
        await Server.Restart();
        Call();
    }

    public async ValueTask DisposeAsync()
    {
        _aws.Dispose();
        _signer.Dispose();
        await Server.DisposeAsync();
    }

    private static string GroupOf(string thing) => "of-" + thing;

    private async ValueTask Open(Func<ServerOptions, ServerOptions> configure)
    {
        Server = await TestServer.Start(configure: configure);
        Call();
        await _operator.CreatePolicy(Policy, Ct);
        await _operator.CreateBucket(Bucket, Ct);
    }

    private void Call()
    {
        _aws?.Dispose();
        _aws = new AwsClient(Server.Address, TestServer.Key.Id, TestServer.Key.Secret, "us-east-1", Server.Time);
        _operator = new FleetOperator(_aws, _signer, Server.Time);
    }
}
