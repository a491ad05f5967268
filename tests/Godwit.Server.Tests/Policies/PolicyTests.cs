using Godwit.Core;
using Godwit.Server.Certificates;
using Godwit.Server.Policies;
using Godwit.Server.Tests.Things;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.Policies;

public sealed class PolicyTests : IAsyncLifetime
{
    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_policy_is_kept_to_the_letter()
    {
        var document = Registry.Document.Replace(",", " ,\n\t", StringComparison.Ordinal);
        var made = await _registry.Policy("devices", document);
        Assert.Equal(("1", "arn:aws:iot:eu-central-1:000000000000:policy/devices"), (made.PolicyVersionId, made.PolicyArn));
        var policy = await Get("devices");
        Assert.Equal((document, "1"), (policy.PolicyDocument, policy.DefaultVersionId));
        Assert.Equal(_registry.Time.GetUtcNow(), policy.CreationDate);
        var again = await _registry.Ask(_registry.Get<CreatePolicy>(), new CreatePolicy.Request { PolicyName = "devices", PolicyDocument = document });
        Assert.Equal(("ResourceAlreadyExistsException", "Policy cannot be created - name already exists (name=devices)"), (again.Error!.Code, again.Error.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Version":"2012-10-17"}""")]
    [InlineData("""{"Version":"2012-10-17","Statement":[]}""")]
    [InlineData("""{"Version":"2011-01-01","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}""")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"allow","Action":"iot:*","Resource":"*"}]}""")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*"}]}""")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*"}]}""")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[1],"Resource":"*"}]}""")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Effect":"Deny","Action":"iot:*","Resource":"*"}]}""")]
    [InlineData("""[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]""")]
    public async Task A_malformed_document_is_refused_and_nothing_is_kept(string document)
    {
        var refused = await _registry.Ask(_registry.Get<CreatePolicy>(), new CreatePolicy.Request { PolicyName = "devices", PolicyDocument = document });
        Assert.Equal(("MalformedPolicyException", 400), (refused.Error!.Code, refused.Error.Status));
        Assert.Empty(await _registry.Journal());
    }

    [Fact]
    public async Task Only_2048_characters_count_and_white_space_does_not()
    {
        var document = Registry.Document.Replace("\"*\"", "\"" + new string('x', 2048 - Registry.Document.Length + 1) + "\"", StringComparison.Ordinal);
        Assert.Equal(2048, document.Length);
        await _registry.Policy("fits", document + new string(' ', 5000));
        var refused = await _registry.Ask(
            _registry.Get<CreatePolicy>(), new CreatePolicy.Request { PolicyName = "big", PolicyDocument = document.Replace("xx", "xxx", StringComparison.Ordinal) });
        Assert.Equal("MalformedPolicyException", refused.Error!.Code);
    }

    [Fact]
    public async Task Five_versions_are_kept_and_numbers_are_never_used_again()
    {
        await _registry.Policy("devices");
        for (var version = 2; version <= 5; version++)
            Assert.Equal($"{version}", (await NewVersion(setAsDefault: version == 3)).Value.PolicyVersionId);
        var refused = await NewVersion();
        Assert.Equal(("VersionsLimitExceededException", 409), (refused.Error!.Code, refused.Error.Status));
        Assert.Equal("DeleteConflictException", (await DeleteVersion("3")).Error!.Code);
        Assert.True((await DeleteVersion("5")).IsOk);
        Assert.Equal("6", (await NewVersion()).Value.PolicyVersionId);
        Assert.Equal("ResourceNotFoundException", (await DeleteVersion("5")).Error!.Code);
        Assert.Equal("ResourceNotFoundException", (await DeleteVersion("99999999999999999999999999")).Error!.Code);
        var versions = await _registry.Do(_registry.Get<ListPolicyVersions>(), new ListPolicyVersions.Request { PolicyName = "devices" });
        Assert.Equal(["6", "4", "3", "2", "1"], versions.PolicyVersions.Select(version => version.VersionId));
        Assert.Equal("3", versions.PolicyVersions.Single(version => version.IsDefaultVersion).VersionId);
    }

    [Fact]
    public async Task The_default_version_is_what_GetPolicy_gives()
    {
        await _registry.Policy("devices");
        var other = Registry.Document.Replace("Allow", "Deny", StringComparison.Ordinal);
        await _registry.Do(_registry.Get<CreatePolicyVersion>(), new CreatePolicyVersion.Request { PolicyName = "devices", PolicyDocument = other });
        Assert.Equal(Registry.Document, (await Get("devices")).PolicyDocument);
        _registry.Time.Advance(TimeSpan.FromMinutes(1));
        await _registry.Do(_registry.Get<SetDefaultPolicyVersion>(), new SetDefaultPolicyVersion.Request { PolicyName = "devices", PolicyVersionId = "2" });
        var policy = await Get("devices");
        Assert.Equal((other, "2"), (policy.PolicyDocument, policy.DefaultVersionId));
        Assert.Equal(policy.CreationDate.AddMinutes(1), policy.LastModifiedDate);
        var first = await _registry.Do(_registry.Get<GetPolicyVersion>(), new GetPolicyVersion.Request { PolicyName = "devices", PolicyVersionId = "1" });
        Assert.Equal((Registry.Document, false), (first.PolicyDocument, first.IsDefaultVersion));
    }

    [Fact]
    public async Task A_policy_goes_when_it_is_detached_and_has_one_version_left()
    {
        await _registry.Policy("devices");
        await NewVersion();
        var certificate = await _registry.Certificate();
        await _registry.Attach("devices", certificate.CertificateArn);
        Assert.Equal("The policy cannot be deleted as the policy is attached to one or more principals (name=devices)", (await Delete()).Error!.Message);
        await _registry.Do(_registry.Get<DetachPolicy>(), new DetachPolicy.Request { PolicyName = "devices", Target = certificate.CertificateArn });
        Assert.Equal("DeleteConflictException", (await Delete()).Error!.Code);
        Assert.True((await DeleteVersion("2")).IsOk);
        Assert.True((await Delete()).IsOk);
        Assert.Equal("ResourceNotFoundException", (await Delete()).Error!.Code);
    }

    [Fact]
    public async Task A_certificate_has_ten_policies_and_a_group_two()
    {
        var (certificate, group) = (await _registry.Certificate(), await _registry.Group("line"));
        for (var i = 0; i < 11; i++)
            await _registry.Policy("p" + i);
        for (var i = 0; i < 10; i++)
            await _registry.Attach("p" + i, certificate.CertificateArn);
        await _registry.Attach("p0", certificate.CertificateArn);
        for (var i = 0; i < 2; i++)
            await _registry.Attach("p" + i, group.ThingGroupArn);
        foreach (var target in (string[])[certificate.CertificateArn, group.ThingGroupArn])
        {
            var refused = await _registry.Ask(_registry.Get<AttachPolicy>(), new AttachPolicy.Request { PolicyName = "p10", Target = target });
            Assert.Equal(("LimitExceededException", 410), (refused.Error!.Code, refused.Error.Status));
        }
        var attached = await _registry.Do(_registry.Get<ListAttachedPolicies>(), new ListAttachedPolicies.Request { Target = certificate.CertificateArn });
        Assert.Equal(10, attached.Policies.Count);
    }

    [Fact]
    public async Task Policies_are_attached_to_certificates_and_groups_that_are_there()
    {
        await _registry.Policy("devices");
        var thing = await _registry.Thing("dev7");
        foreach (var (target, code) in ((string, string)[])
                 [
                     ("nothing", "InvalidRequestException"),
                     (thing.ThingArn, "InvalidRequestException"),
                     ("arn:aws:iot:eu-central-1:123456789012:thinggroup/line", "InvalidRequestException"),
                     ("arn:aws:iot:eu-central-1:000000000000:thinggroup/line", "ResourceNotFoundException"),
                     ("arn:aws:iot:eu-central-1:000000000000:cert/" + new string('a', 64), "ResourceNotFoundException"),
                 ])
            Assert.Equal(code, (await _registry.Ask(_registry.Get<AttachPolicy>(), new AttachPolicy.Request { PolicyName = "devices", Target = target })).Error!.Code);
        var unknown = await _registry.Ask(
            _registry.Get<AttachPolicy>(), new AttachPolicy.Request { PolicyName = "none", Target = (await _registry.Certificate()).CertificateArn });
        Assert.Equal("ResourceNotFoundException", unknown.Error!.Code);
    }

    [Fact]
    public async Task A_group_shows_the_policies_of_the_groups_above_when_asked()
    {
        await _registry.Group("plant");
        var line = await _registry.Group("line", "plant");
        foreach (var name in (string[])["a", "b", "c"])
            await _registry.Policy(name);
        await _registry.Attach("b", line.ThingGroupArn);
        await _registry.Attach("c", line.ThingGroupArn);
        await _registry.Attach("a", line.ThingGroupArn.Replace("line", "plant", StringComparison.Ordinal));
        await _registry.Attach("b", line.ThingGroupArn.Replace("line", "plant", StringComparison.Ordinal));
        Assert.Equal(["b", "c"], await AttachedTo(line.ThingGroupArn, recursive: false));
        Assert.Equal(["a", "b", "c"], await AttachedTo(line.ThingGroupArn, recursive: true));
        await _registry.Do(_registry.Get<DeleteThingGroup>(), new DeleteThingGroup.Request { ThingGroupName = "line" });
        var targets = await _registry.Do(_registry.Get<ListTargetsForPolicy>(), new ListTargetsForPolicy.Request { PolicyName = "b" });
        Assert.Equal(["arn:aws:iot:eu-central-1:000000000000:thinggroup/plant"], targets.Targets);
    }

    [Fact]
    public async Task Deprecated_operations_do_the_same_and_list_certificates_only()
    {
        await _registry.Policy("devices");
        var group = await _registry.Group("line");
        await _registry.Attach("devices", group.ThingGroupArn);
        var arns = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            arns.Add((await _registry.Certificate()).CertificateArn);
            await _registry.Do(_registry.Get<AttachPrincipalPolicy>(), new AttachPrincipalPolicy.Request { PolicyName = "devices", Principal = arns[i] });
        }
        arns.Sort(StringComparer.Ordinal);
        Assert.Equal(arns, await Principals(ascending: true));
        Assert.Equal(Enumerable.Reverse(arns), await Principals(ascending: false));
        var policies = await _registry.Do(_registry.Get<ListPrincipalPolicies>(), new ListPrincipalPolicies.Request { Principal = arns[0] });
        Assert.Equal(["devices"], policies.Policies.Select(policy => policy.PolicyName));
        await _registry.Do(_registry.Get<DetachPrincipalPolicy>(), new DetachPrincipalPolicy.Request { PolicyName = "devices", Principal = arns[0] });
        Assert.Equal(arns[1..], await Principals(ascending: true));
    }

    [Fact]
    public async Task Policies_are_listed_by_age_in_both_directions()
    {
        var names = new List<string>();
        for (var i = 0; i < 9; i++)
        {
            names.Add("p" + ((i * 7) % 9));
            await _registry.Policy(names[i]);
            if (i % 3 > 0)
                _registry.Time.Advance(TimeSpan.FromSeconds(1));
        }
        var oldestFirst = await Listed(ascending: true);
        Assert.Equal(names.Order(), oldestFirst.Order());
        Assert.Equal(Enumerable.Reverse(oldestFirst), await Listed(ascending: false));
        Assert.Equal("p7", oldestFirst[1] == "p7" ? oldestFirst[1] : oldestFirst[0] == "p7" ? "p7" : "not among the two oldest");
        var crossed = await _registry.Do(_registry.Get<ListPolicies>(), new ListPolicies.Request { PageSize = 2, AscendingOrder = true });
        var refused = await _registry.Ask(_registry.Get<ListPolicies>(), new ListPolicies.Request { Marker = crossed.NextMarker });
        Assert.Equal("InvalidRequestException", refused.Error!.Code);
        var forged = await _registry.Ask(_registry.Get<ListPolicies>(), new ListPolicies.Request { Marker = PageToken.Of("ListPolicies-", "soon", "p1") });
        Assert.Equal("InvalidRequestException", forged.Error!.Code);
    }

    private Task<GetPolicy.Response> Get(string name) => _registry.Do(_registry.Get<GetPolicy>(), new GetPolicy.Request { PolicyName = name });

    private Task<Result<CreatePolicyVersion.Response>> NewVersion(bool setAsDefault = false) => _registry.Ask(
        _registry.Get<CreatePolicyVersion>(),
        new CreatePolicyVersion.Request { PolicyName = "devices", PolicyDocument = Registry.Document, SetAsDefault = setAsDefault });

    private Task<Result<Nothing>> DeleteVersion(string version) => _registry.Ask(
        _registry.Get<DeletePolicyVersion>(), new DeletePolicyVersion.Request { PolicyName = "devices", PolicyVersionId = version });

    private Task<Result<Nothing>> Delete() => _registry.Ask(_registry.Get<DeletePolicy>(), new DeletePolicy.Request { PolicyName = "devices" });

    private async Task<List<string>> AttachedTo(string target, bool recursive)
    {
        var names = new List<string>();
        string? marker = null;
        do
        {
            var page = await _registry.Do(
                _registry.Get<ListAttachedPolicies>(),
                new ListAttachedPolicies.Request { Target = target, Recursive = recursive, PageSize = 1, Marker = marker });
            names.AddRange(page.Policies.Select(policy => policy.PolicyName));
            marker = page.NextMarker;
        }
        while (marker is not null);
        return names;
    }

    private async Task<List<string>> Principals(bool ascending)
    {
        var arns = new List<string>();
        string? marker = null;
        do
        {
            var page = await _registry.Do(
                _registry.Get<ListPolicyPrincipals>(),
                new ListPolicyPrincipals.Request { PolicyName = "devices", AscendingOrder = ascending, PageSize = 2, Marker = marker });
            arns.AddRange(page.Principals);
            marker = page.NextMarker;
        }
        while (marker is not null);
        return arns;
    }

    private async Task<List<string>> Listed(bool ascending)
    {
        var names = new List<string>();
        string? marker = null;
        do
        {
            var page = await _registry.Do(
                _registry.Get<ListPolicies>(), new ListPolicies.Request { AscendingOrder = ascending, PageSize = 2, Marker = marker });
            names.AddRange(page.Policies.Select(policy => policy.PolicyName));
            marker = page.NextMarker;
        }
        while (marker is not null);
        return names;
    }
}
