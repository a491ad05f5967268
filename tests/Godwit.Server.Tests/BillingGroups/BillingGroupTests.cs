using Godwit.Core;
using Godwit.Server.BillingGroups;
using Godwit.Server.Tests.Things;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.BillingGroups;

public sealed class BillingGroupTests : IAsyncLifetime
{
    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_group_is_made_changed_shown_listed_and_deleted()
    {
        var made = await Create("b1", "first");
        Assert.Equal("arn:aws:iot:eu-central-1:000000000000:billinggroup/b1", made.BillingGroupArn);
        Assert.Equal(made.BillingGroupId, (await Create("b1", "first")).BillingGroupId);
        Assert.Equal("ResourceAlreadyExistsException", (await _registry.Ask(
            _registry.Get<CreateBillingGroup>(), new CreateBillingGroup.Request { BillingGroupName = "b1" })).Error?.Code);
        var updated = await _registry.Do(_registry.Get<UpdateBillingGroup>(), new UpdateBillingGroup.Request
        {
            BillingGroupName = "b1", BillingGroupProperties = new BillingGroupProperties { BillingGroupDescription = "second" }, ExpectedVersion = 1,
        });
        Assert.Equal(2, updated.Version);
        var shown = await _registry.Do(_registry.Get<DescribeBillingGroup>(), new DescribeBillingGroup.Request { BillingGroupName = "b1" });
        Assert.Equal((2L, "second"), (shown.Version, shown.BillingGroupProperties.BillingGroupDescription));
        await Create("b2", null);
        await Create("c", null);
        var listed = await _registry.Do(_registry.Get<ListBillingGroups>(), new ListBillingGroups.Request { NamePrefixFilter = "b", MaxResults = 1 });
        Assert.Equal("b1", Assert.Single(listed.BillingGroups).GroupName);
        var rest = await _registry.Do(_registry.Get<ListBillingGroups>(), new ListBillingGroups.Request { NamePrefixFilter = "b", NextToken = listed.NextToken });
        Assert.Equal("b2", Assert.Single(rest.BillingGroups).GroupName);
        Assert.Equal("VersionConflictException", (await _registry.Ask(
            _registry.Get<DeleteBillingGroup>(), new DeleteBillingGroup.Request { BillingGroupName = "b1", ExpectedVersion = 1 })).Error?.Code);
        for (var twice = 0; twice < 2; twice++)
            await _registry.Do(_registry.Get<DeleteBillingGroup>(), new DeleteBillingGroup.Request { BillingGroupName = "b1" });
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(
            _registry.Get<DescribeBillingGroup>(), new DescribeBillingGroup.Request { BillingGroupName = "b1" })).Error?.Code);
    }

    [Fact]
    public async Task A_thing_is_in_one_billing_group_at_most()
    {
        await Create("b1", null);
        await Create("b2", null);
        await _registry.Thing("dev");
        await Add("b1", "dev");
        await Add("b1", "dev");
        var refused = await _registry.Ask(_registry.Get<AddThingToBillingGroup>(), new AddThingToBillingGroup.Request { BillingGroupName = "b2", ThingName = "dev" });
        Assert.Equal("Thing dev is already in billing group b1. Remove it from there first.", refused.Error?.Message);
        Assert.Equal("b1", (await _registry.Do(_registry.Get<DescribeThing>(), new DescribeThing.Request { ThingName = "dev" })).BillingGroupName);
        Assert.Equal("dev", Assert.Single((await Things("b1")).Things));
        await _registry.Do(_registry.Get<RemoveThingFromBillingGroup>(), new RemoveThingFromBillingGroup.Request { BillingGroupName = "b1", ThingName = "dev" });
        Assert.Empty((await Things("b1")).Things);
        await Add("b2", "dev");
        await _registry.Do(_registry.Get<DeleteBillingGroup>(), new DeleteBillingGroup.Request { BillingGroupName = "b2" });
        Assert.Null((await _registry.Do(_registry.Get<DescribeThing>(), new DescribeThing.Request { ThingName = "dev" })).BillingGroupName);
    }

    [Fact]
    public async Task A_thing_can_be_created_in_a_billing_group_that_is_there()
    {
        var request = new CreateThing.Request { ThingName = "dev", BillingGroupName = "b1" };
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(_registry.Get<CreateThing>(), request)).Error?.Code);
        await Create("b1", null);
        await _registry.Do(_registry.Get<CreateThing>(), request);
        await _registry.Do(_registry.Get<CreateThing>(), request);
        Assert.Equal("ResourceAlreadyExistsException", (await _registry.Ask(_registry.Get<CreateThing>(), request with { BillingGroupName = null })).Error?.Code);
        Assert.Equal("dev", Assert.Single((await Things("b1")).Things));
    }

    private Task<CreateBillingGroup.Response> Create(string name, string? description) => _registry.Do(_registry.Get<CreateBillingGroup>(), new CreateBillingGroup.Request
    {
        BillingGroupName = name, BillingGroupProperties = description is null ? null : new BillingGroupProperties { BillingGroupDescription = description },
    });

    private Task<Nothing> Add(string group, string thing) =>
        _registry.Do(_registry.Get<AddThingToBillingGroup>(), new AddThingToBillingGroup.Request { BillingGroupName = group, ThingName = thing });

    private Task<ListThingsInBillingGroup.Response> Things(string group) =>
        _registry.Do(_registry.Get<ListThingsInBillingGroup>(), new ListThingsInBillingGroup.Request { BillingGroupName = group });
}
