using Godwit.Core;
using Godwit.Server.Certificates;
using Godwit.Server.Policies;
using Godwit.Server.Tests.Things;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.Certificates;

public sealed class DeviceRegistryTests : IAsyncLifetime
{
    private readonly List<DeviceChange> _changes = [];
    private Registry _registry = null!;

    private DeviceRegistry Devices => _registry.Get<DeviceRegistry>();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry = await Registry.Start();
        Devices.Changed += _changes.Add;
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_certificate_is_known_with_its_things_and_all_policies_that_hold_for_it()
    {
        var made = await _registry.Certificate();
        await _registry.Do(_registry.Get<CreateThingType>(), new CreateThingType.Request { ThingTypeName = "sensor" });
        await _registry.Thing("dev7", "sensor", new() { ["site"] = "north" });
        var plant = await _registry.Group("plant");
        var line = await _registry.Group("line", "plant");
        await _registry.Add("dev7", "line");
        foreach (var name in (string[])["own", "of-line", "of-plant", "of-nobody"])
            await _registry.Policy(name);
        await _registry.Attach("own", made.CertificateArn);
        await _registry.Attach("of-line", line.ThingGroupArn);
        await _registry.Attach("of-plant", plant.ThingGroupArn);
        await _registry.Attach("own", plant.ThingGroupArn);
        await _registry.AttachPrincipal("dev7", made.CertificateArn);

        var device = await Devices.Find(made.CertificateId, Ct);
        Assert.Equal(("000000000000", "eu-central-1", "ACTIVE", made.CertificatePem), (device!.Account, device.Region, device.Status, device.Pem));
        Assert.Equal(["of-line", "of-plant", "own"], device.Policies.Select(policy => policy.PolicyName).Order());
        Assert.All(device.Policies, policy => Assert.Equal((1, Registry.Document), (policy.Version, policy.Document)));
        var thing = Assert.Single(device.Things);
        Assert.Equal(("dev7", "sensor", "north"), (thing.ThingName, thing.ThingTypeName, thing.Attributes["site"]));
        Assert.Equal(made.CertificateArn, device.Caller.Arn);
        Assert.Equal(made.CertificateId, device.Caller.CertificateId);
        Assert.Equal("sensor", (await Devices.FindThing("000000000000", "dev7", Ct))!.ThingTypeName);
    }

    [Fact]
    public async Task What_is_not_registered_is_nobody()
    {
        Assert.Null(await Devices.Find(new string('0', 64), Ct));
        Assert.Null(await Devices.Find("' OR 1=1 --", Ct));
        Assert.Null(await Devices.FindThing("000000000000", "dev7", Ct));
    }

    [Fact]
    public async Task Every_change_of_what_a_device_may_do_is_signalled_and_seen()
    {
        var made = await _registry.Certificate();
        await _registry.Thing("dev7");
        var group = await _registry.Group("line");
        await _registry.Policy("own");
        await _registry.Policy("of-line");
        _changes.Clear();

        await Signals(made.CertificateId, () => _registry.AttachPrincipal("dev7", made.CertificateArn), device => Assert.Single(device.Things));
        await Signals(made.CertificateId, () => _registry.Attach("own", made.CertificateArn), device => Assert.Single(device.Policies));
        await Signals(null, () => _registry.Attach("of-line", group.ThingGroupArn), device => Assert.Single(device.Policies));
        await Signals(made.CertificateId, () => _registry.Add("dev7", "line"), device => Assert.Equal(2, device.Policies.Count));
        await Signals(
            made.CertificateId,
            () => _registry.Do(_registry.Get<CreatePolicyVersion>(), new CreatePolicyVersion.Request
            {
                PolicyName = "own", PolicyDocument = Registry.Document.Replace("Allow", "Deny", StringComparison.Ordinal), SetAsDefault = true,
            }),
            device => Assert.Contains(device.Policies, policy => policy is { PolicyName: "own", Version: 2 }));
        await Signals(
            made.CertificateId,
            () => _registry.Do(_registry.Get<SetDefaultPolicyVersion>(), new SetDefaultPolicyVersion.Request { PolicyName = "own", PolicyVersionId = "1" }),
            device => Assert.Contains(device.Policies, policy => policy is { PolicyName: "own", Version: 1 }));
        await Signals(
            made.CertificateId,
            () => _registry.Do(_registry.Get<UpdateThing>(), new UpdateThing.Request { ThingName = "dev7", AttributePayload = Registry.Payload(new() { ["a"] = "1" }) }),
            device => Assert.Equal("1", device.Things[0].Attributes["a"]));
        await Signals(made.CertificateId, () => _registry.Remove("dev7", "line"), device => Assert.Single(device.Policies));
        await _registry.Add("dev7", "line");
        _changes.Clear();
        await Signals(
            null,
            () => _registry.Do(_registry.Get<DeleteThingGroup>(), new DeleteThingGroup.Request { ThingGroupName = "line" }),
            device => Assert.Single(device.Policies));
        await Signals(
            made.CertificateId,
            () => _registry.Do(_registry.Get<DetachPolicy>(), new DetachPolicy.Request { PolicyName = "own", Target = made.CertificateArn }),
            device => Assert.Empty(device.Policies));
        await Signals(
            made.CertificateId,
            () => _registry.Do(_registry.Get<DetachThingPrincipal>(), new DetachThingPrincipal.Request { ThingName = "dev7", Principal = made.CertificateArn }),
            device => Assert.Empty(device.Things));
        await Signals(
            made.CertificateId,
            () => _registry.Do(_registry.Get<UpdateCertificate>(), new UpdateCertificate.Request { CertificateId = made.CertificateId, NewStatus = "INACTIVE" }),
            device => Assert.Equal("INACTIVE", device.Status));
        await _registry.Do(_registry.Get<DeleteCertificate>(), new DeleteCertificate.Request { CertificateId = made.CertificateId });
        Assert.Equal([new DeviceChange("000000000000", made.CertificateId)], _changes);
        Assert.Null(await Devices.Find(made.CertificateId, Ct));
    }

    [Fact]
    public async Task What_changes_nothing_for_a_device_is_not_signalled()
    {
        var made = await _registry.Certificate();
        await _registry.Thing("dev7");
        await _registry.AttachPrincipal("dev7", made.CertificateArn);
        await _registry.Group("line");
        await _registry.Policy("own");
        await _registry.Attach("own", made.CertificateArn);
        _changes.Clear();
        await _registry.Add("dev7", "line");
        await _registry.Attach("own", made.CertificateArn);
        await _registry.AttachPrincipal("dev7", made.CertificateArn);
        await _registry.Do(_registry.Get<CreatePolicyVersion>(), new CreatePolicyVersion.Request { PolicyName = "own", PolicyDocument = Registry.Document });
        await _registry.Do(_registry.Get<UpdateCertificate>(), new UpdateCertificate.Request { CertificateId = made.CertificateId, NewStatus = "ACTIVE" });
        await _registry.Ask(_registry.Get<DeleteCertificate>(), new DeleteCertificate.Request { CertificateId = made.CertificateId });
        Assert.Empty(_changes);
    }

    [Fact]
    public async Task A_policy_made_again_under_its_name_is_another_one()
    {
        var made = await _registry.Certificate();
        await _registry.Policy("own");
        await _registry.Attach("own", made.CertificateArn);
        var before = Assert.Single((await Devices.Find(made.CertificateId, Ct))!.Policies);
        await _registry.Do(_registry.Get<DetachPolicy>(), new DetachPolicy.Request { PolicyName = "own", Target = made.CertificateArn });
        await _registry.Do(_registry.Get<DeletePolicy>(), new DeletePolicy.Request { PolicyName = "own" });
        await _registry.Policy("own");
        await _registry.Attach("own", made.CertificateArn);
        var after = Assert.Single((await Devices.Find(made.CertificateId, Ct))!.Policies);
        Assert.Equal(before.Version, after.Version);
        Assert.NotEqual(before.GenerationId, after.GenerationId);
    }

    /// <summary>The change is signalled exactly once, by then durable and visible.</summary>
    private async Task Signals<T>(string? certificateId, Func<Task<T>> change, Action<DeviceIdentity> look)
    {
        var known = _changes.Count;
        await change();
        Assert.Equal([new DeviceChange("000000000000", certificateId)], _changes[known..].Distinct());
        _changes.Clear();
        var id = (await _registry.Do(_registry.Get<ListCertificates>(), new ListCertificates.Request())).Certificates[0].CertificateId;
        look((await Devices.Find(id, Ct))!);
    }
}
