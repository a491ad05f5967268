using Godwit.Core;
using Godwit.Server.Packages;
using Godwit.Server.Tags;
using Godwit.Server.Tests.Things;

namespace Godwit.Server.Tests.Packages;

public sealed class PackageTests : IAsyncLifetime
{
    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_version_goes_from_draft_to_published_to_deprecated_and_only_a_draft_changes()
    {
        await Package("fw");
        var made = await Version("fw", "1.0", new() { ["sha"] = "abc" });
        Assert.Equal(("arn:aws:iot:eu-central-1:000000000000:package/fw/version/1.0", "DRAFT", "abc"), (made.PackageVersionArn, made.Status, made.Attributes!["sha"]));
        Assert.Equal("ConflictException", (await Act("fw", "1.0", "DEPRECATE")).Error?.Code);
        Assert.Equal("ConflictException", (await SetDefault("fw", "1.0")).Error?.Code);
        Assert.True((await Act("fw", "1.0", "PUBLISH", "ready")).IsOk);
        Assert.Equal("ConflictException", (await Act("fw", "1.0", null, "later")).Error?.Code);
        Assert.True((await SetDefault("fw", "1.0")).IsOk);
        var shown = await _registry.Do(_registry.Get<GetPackageVersion>(), new GetPackageVersion.Request { PackageName = "fw", VersionName = "1.0" });
        Assert.Equal(("PUBLISHED", "ready"), (shown.Status, shown.Description));
        Assert.Equal("1.0", (await _registry.Do(_registry.Get<GetPackage>(), new GetPackage.Request { PackageName = "fw" })).DefaultVersionName);
        Assert.True((await Act("fw", "1.0", "DEPRECATE")).IsOk);
        Assert.Equal("ConflictException", (await Act("fw", "1.0", "PUBLISH")).Error?.Code);
    }

    [Fact]
    public async Task What_is_in_use_is_not_deleted()
    {
        await Package("fw");
        await Version("fw", "1.0");
        await Act("fw", "1.0", "PUBLISH");
        await SetDefault("fw", "1.0");
        Assert.Equal("ValidationException", (await _registry.Ask(_registry.Get<DeletePackage>(), new DeletePackage.Request { PackageName = "fw" })).Error?.Code);
        var version = new DeletePackageVersion.Request { PackageName = "fw", VersionName = "1.0" };
        Assert.Equal("ValidationException", (await _registry.Ask(_registry.Get<DeletePackageVersion>(), version)).Error?.Code);
        await _registry.Do(_registry.Get<UpdatePackage>(), new UpdatePackage.Request { PackageName = "fw", UnsetDefaultVersion = true });
        for (var twice = 0; twice < 2; twice++)
            await _registry.Do(_registry.Get<DeletePackageVersion>(), version);
        for (var twice = 0; twice < 2; twice++)
            await _registry.Do(_registry.Get<DeletePackage>(), new DeletePackage.Request { PackageName = "fw" });
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(_registry.Get<GetPackage>(), new GetPackage.Request { PackageName = "fw" })).Error?.Code);
    }

    [Fact]
    public async Task A_repeated_call_is_known_by_its_token_and_another_clashes()
    {
        var token = new string('t', 36);
        var request = new CreatePackage.Request { PackageName = "fw", ClientToken = token, Description = "d", Tags = new Dictionary<string, string> { ["team"] = "a" } };
        await _registry.Do(_registry.Get<CreatePackage>(), request);
        Assert.Equal("d", (await _registry.Do(_registry.Get<CreatePackage>(), request)).Description);
        Assert.Equal("ConflictException", (await _registry.Ask(_registry.Get<CreatePackage>(), request with { ClientToken = new string('u', 36) })).Error?.Code);
        var tags = await _registry.Do(
            _registry.Get<ListTagsForResource>(), new ListTagsForResource.Request { ResourceArn = "arn:aws:iot:eu-central-1:000000000000:package/fw" });
        Assert.Equal("a", Assert.Single(tags.Tags).Value);
        Assert.Equal("ValidationException", (await _registry.Ask(
            _registry.Get<CreatePackageVersion>(), new CreatePackageVersion.Request { PackageName = "nothing", VersionName = "1" })).Error?.Code);
    }

    [Fact]
    public async Task Packages_and_versions_are_listed_page_by_page_and_by_status()
    {
        foreach (var package in new[] { "a", "b", "c" })
            await Package(package);
        var first = await _registry.Do(_registry.Get<ListPackages>(), new ListPackages.Request { MaxResults = 2 });
        Assert.Equal(["a", "b"], first.PackageSummaries.Select(package => package.PackageName));
        var rest = await _registry.Do(_registry.Get<ListPackages>(), new ListPackages.Request { MaxResults = 2, NextToken = first.NextToken });
        Assert.Equal(("c", null), (Assert.Single(rest.PackageSummaries).PackageName, rest.NextToken));
        foreach (var version in new[] { "1", "2", "3" })
            await Version("a", version);
        await Act("a", "2", "PUBLISH");
        var drafts = await _registry.Do(_registry.Get<ListPackageVersions>(), new ListPackageVersions.Request { PackageName = "a", Status = "DRAFT" });
        Assert.Equal(["1", "3"], drafts.PackageVersionSummaries.Select(version => version.VersionName));
    }

    [Fact]
    public async Task Versions_in_shadows_cannot_be_switched_on()
    {
        const string role = "arn:aws:iam::000000000000:role/packages";
        var refused = await _registry.Ask(
            _registry.Get<UpdatePackageConfiguration>(),
            new UpdatePackageConfiguration.Request { VersionUpdateByJobsConfig = new VersionUpdateByJobsConfig { Enabled = true, RoleArn = role } });
        Assert.Equal("ValidationException", refused.Error?.Code);
        await _registry.Do(
            _registry.Get<UpdatePackageConfiguration>(),
            new UpdatePackageConfiguration.Request { VersionUpdateByJobsConfig = new VersionUpdateByJobsConfig { Enabled = false, RoleArn = role } });
        var shown = (await _registry.Do(_registry.Get<GetPackageConfiguration>(), default)).VersionUpdateByJobsConfig;
        Assert.Equal((false, role), (shown.Enabled, shown.RoleArn));
    }

    private Task<CreatePackage.Response> Package(string name) => _registry.Do(_registry.Get<CreatePackage>(), new CreatePackage.Request { PackageName = name });

    private Task<CreatePackageVersion.Response> Version(string package, string version, Dictionary<string, string>? attributes = null) => _registry.Do(
        _registry.Get<CreatePackageVersion>(), new CreatePackageVersion.Request { PackageName = package, VersionName = version, Attributes = attributes });

    private Task<Result<UpdatePackageVersion.Response>> Act(string package, string version, string? action, string? description = null) => _registry.Ask(
        _registry.Get<UpdatePackageVersion>(),
        new UpdatePackageVersion.Request { PackageName = package, VersionName = version, Action = action, Description = description });

    private Task<Result<UpdatePackage.Response>> SetDefault(string package, string version) =>
        _registry.Ask(_registry.Get<UpdatePackage>(), new UpdatePackage.Request { PackageName = package, DefaultVersionName = version });
}
