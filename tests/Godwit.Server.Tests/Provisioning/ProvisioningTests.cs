using Godwit.Core;
using Godwit.Server.Certificates;
using Godwit.Server.Policies;
using Godwit.Server.Provisioning;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Things;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.Provisioning;

public sealed class ProvisioningTests : IAsyncLifetime
{
    private const string Role = "arn:aws:iam::000000000000:role/provisioning";

    private const string Body =
        """
        {"Parameters":{"Serial":{"Type":"String"},"Certificate":{"Type":"String"}},
         "Resources":{
          "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Fn::Sub":"dev-${Serial}"},"AttributePayload":{"serial":{"Ref":"Serial"}},"ThingGroups":["hall"]},
                   "OverrideSettings":{"AttributePayload":"MERGE"}},
          "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"Certificate"},"Status":"ACTIVE"}},
          "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"device"}}}}
        """;

    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_template_and_its_versions_live_and_end()
    {
        var made = await Create("t");
        Assert.Equal(("arn:aws:iot:eu-central-1:000000000000:provisioningtemplate/t", 1), (made.TemplateArn, made.DefaultVersionId));
        var second = await _registry.Do(
            _registry.Get<CreateProvisioningTemplateVersion>(), new CreateProvisioningTemplateVersion.Request { TemplateName = "t", TemplateBody = Body, SetAsDefault = true });
        Assert.Equal((2, true), (second.VersionId, second.IsDefaultVersion));
        var shown = await _registry.Do(_registry.Get<DescribeProvisioningTemplate>(), new DescribeProvisioningTemplate.Request { TemplateName = "t" });
        Assert.Equal((2, false, "FLEET_PROVISIONING", Body), (shown.DefaultVersionId, shown.Enabled, shown.Type, shown.TemplateBody));
        await _registry.Do(_registry.Get<UpdateProvisioningTemplate>(), new UpdateProvisioningTemplate.Request { TemplateName = "t", Enabled = true, DefaultVersionId = 1 });
        var stored = await _registry.Get<Database>().Read(session => ProvisioningTemplates.Find(session, "000000000000", "t"), TestContext.Current.CancellationToken);
        Assert.Equal((true, 1L), (stored!.Enabled, stored.Version));
        async Task<string?> DeleteVersion(int version) => (await _registry.Ask(
            _registry.Get<DeleteProvisioningTemplateVersion>(), new DeleteProvisioningTemplateVersion.Request { TemplateName = "t", VersionId = version })).Error?.Code;
        Assert.Equal("DeleteConflictException", await DeleteVersion(1));
        Assert.Null(await DeleteVersion(2));
        Assert.Equal("ResourceNotFoundException", await DeleteVersion(2));
        var versions = await _registry.Do(_registry.Get<ListProvisioningTemplateVersions>(), new ListProvisioningTemplateVersions.Request { TemplateName = "t" });
        Assert.Equal((1, true), (Assert.Single(versions.Versions).VersionId, versions.Versions[0].IsDefaultVersion));
        Assert.Equal("t", Assert.Single((await _registry.Do(_registry.Get<ListProvisioningTemplates>(), new ListProvisioningTemplates.Request())).Templates).TemplateName);
        await _registry.Do(_registry.Get<DeleteProvisioningTemplate>(), new DeleteProvisioningTemplate.Request { TemplateName = "t" });
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(
            _registry.Get<DescribeProvisioningTemplate>(), new DescribeProvisioningTemplate.Request { TemplateName = "t" })).Error?.Code);
    }

    [Fact]
    public async Task A_sixth_version_and_a_hook_are_refused()
    {
        await Create("t");
        var version = new CreateProvisioningTemplateVersion.Request { TemplateName = "t", TemplateBody = Body };
        for (var i = 0; i < 4; i++)
            await _registry.Do(_registry.Get<CreateProvisioningTemplateVersion>(), version);
        Assert.Equal("VersionsLimitExceededException", (await _registry.Ask(_registry.Get<CreateProvisioningTemplateVersion>(), version)).Error?.Code);
        var hook = await _registry.Ask(_registry.Get<UpdateProvisioningTemplate>(), new UpdateProvisioningTemplate.Request
        {
            TemplateName = "t", PreProvisioningHook = new ProvisioningHook { TargetArn = "arn:aws:lambda:eu-central-1:000000000000:function:check" },
        });
        Assert.Equal("InvalidRequestException", hook.Error?.Code);
        Assert.Contains("without asking it", hook.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RegisterThing_makes_all_that_the_template_names_and_may_be_repeated()
    {
        await _registry.Group("hall");
        await _registry.Policy("device");
        var certificate = await _registry.Certificate(active: false);
        var request = new RegisterThing.Request { TemplateBody = Body, Parameters = new Dictionary<string, string> { ["Serial"] = "77", ["Certificate"] = certificate.CertificateId } };
        for (var twice = 0; twice < 2; twice++)
        {
            var made = await _registry.Do(_registry.Get<RegisterThing>(), request);
            Assert.Equal(certificate.CertificateArn, made.ResourceArns["certificate"]);
            Assert.EndsWith(":thing/dev-77", made.ResourceArns["thing"], StringComparison.Ordinal);
            Assert.Equal(certificate.CertificatePem.Trim(), made.CertificatePem!.Trim());
        }
        var device = (await _registry.Get<DeviceRegistry>().Find(certificate.CertificateId, TestContext.Current.CancellationToken))!;
        Assert.Equal(("ACTIVE", "dev-77", "device"), (device.Status, Assert.Single(device.Things).ThingName, Assert.Single(device.Policies).PolicyName));
        Assert.Equal("dev-77", Assert.Single((await _registry.Do(
            _registry.Get<ListThingsInThingGroup>(), new ListThingsInThingGroup.Request { ThingGroupName = "hall" })).Things));
    }

    [Fact]
    public async Task What_cannot_be_made_is_named()
    {
        await _registry.Group("hall");
        var certificate = await _registry.Certificate();
        var refused = await _registry.Ask(_registry.Get<RegisterThing>(), new RegisterThing.Request
        {
            TemplateBody = Body, Parameters = new Dictionary<string, string> { ["Serial"] = "77", ["Certificate"] = certificate.CertificateId },
        });
        Assert.Equal(("ResourceRegistrationFailureException", 400), (refused.Error?.Code, refused.Error?.Status));
        Assert.Contains("policy", refused.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thing_that_differs_is_changed_only_as_its_overrides_allow()
    {
        const string body = """{"Resources":{"thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":"dev","AttributePayload":{"a":"2"}}}}}""";
        await _registry.Thing("dev", attributes: new() { ["a"] = "1", ["b"] = "1" });
        Assert.Equal("ResourceRegistrationFailureException", (await _registry.Ask(_registry.Get<RegisterThing>(), new RegisterThing.Request { TemplateBody = body })).Error?.Code);
        var merging = body.Replace("}}}}}", "}},\"OverrideSettings\":{\"AttributePayload\":\"MERGE\"}}}}", StringComparison.Ordinal);
        await _registry.Do(_registry.Get<RegisterThing>(), new RegisterThing.Request { TemplateBody = merging });
        var thing = await _registry.Do(_registry.Get<DescribeThing>(), new DescribeThing.Request { ThingName = "dev" });
        Assert.Equal(("2", "1"), (thing.Attributes["a"], thing.Attributes["b"]));
    }

    private Task<CreateProvisioningTemplate.Response> Create(string name) => _registry.Do(
        _registry.Get<CreateProvisioningTemplate>(), new CreateProvisioningTemplate.Request { TemplateName = name, TemplateBody = Body, ProvisioningRoleArn = Role });
}
