using Godwit.Core;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.Things;

public sealed class ThingTests : IAsyncLifetime
{
    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_thing_is_described_as_it_was_created()
    {
        var made = await _registry.Thing("dev7", attributes: new() { ["model"] = "mk1", ["fw"] = "1.0.0" });
        Assert.Equal("arn:aws:iot:eu-central-1:000000000000:thing/dev7", made.ThingArn);
        var thing = await Describe("dev7");
        Assert.Equal(made.ThingId, thing.ThingId);
        Assert.Equal("dev7", thing.DefaultClientId);
        Assert.Equal(1, thing.Version);
        Assert.Equal("""{"fw":"1.0.0","model":"mk1"}""", Registry.Json(thing.Attributes));
    }

    [Fact]
    public async Task The_same_thing_again_answers_the_same_and_writes_nothing()
    {
        var first = await _registry.Thing("dev7", attributes: new() { ["a"] = "1", ["b"] = "2" });
        var again = await _registry.Thing("dev7", attributes: new() { ["b"] = "2", ["a"] = "1" });
        Assert.Equal(first, again);
        Assert.Equal(["CreateThing thing/dev7"], await _registry.Journal());
    }

    [Fact]
    public async Task Another_thing_under_the_name_is_refused_with_what_is_in_the_way()
    {
        var made = await _registry.Thing("dev7");
        var refused = await _registry.Ask(
            _registry.Get<CreateThing>(), new CreateThing.Request { ThingName = "dev7", AttributePayload = Registry.Payload(new() { ["a"] = "1" }) });
        Assert.Equal(("ResourceAlreadyExistsException", 409), (refused.Error!.Code, refused.Error.Status));
        Assert.Equal(made.ThingId, refused.Error.Members!["resourceId"]);
        Assert.Equal(made.ThingArn, refused.Error.Members["resourceArn"]);
    }

    [Fact]
    public async Task A_thing_without_a_type_has_three_attributes_and_with_one_fifty()
    {
        var four = Enumerable.Range(0, 4).ToDictionary(i => "a" + i, i => "v" + i);
        var refused = await _registry.Ask(
            _registry.Get<CreateThing>(), new CreateThing.Request { ThingName = "dev7", AttributePayload = Registry.Payload(four) });
        Assert.Equal("InvalidRequestException", refused.Error!.Code);
        await _registry.Do(_registry.Get<CreateThingType>(), new CreateThingType.Request { ThingTypeName = "sensor" });
        await _registry.Thing("dev8", "sensor", Enumerable.Range(0, 50).ToDictionary(i => "a" + i, i => "v" + i));
        var tooMany = await Update(new() { ThingName = "dev8", AttributePayload = Registry.Payload(new() { ["one"] = "more" }, merge: true) });
        Assert.Equal("InvalidRequestException", tooMany.Error!.Code);
        var untyped = await Update(new() { ThingName = "dev8", RemoveThingType = true });
        Assert.Equal("InvalidRequestException", untyped.Error!.Code);
    }

    [Fact]
    public async Task Attributes_are_replaced_or_merged_and_an_empty_value_removes_one()
    {
        await _registry.Thing("dev7", attributes: new() { ["a"] = "1", ["b"] = "2" });
        await Updated(new() { ThingName = "dev7", AttributePayload = Registry.Payload(new() { ["b"] = "", ["c"] = "3" }, merge: true) });
        Assert.Equal("""{"a":"1","c":"3"}""", Registry.Json((await Describe("dev7")).Attributes));
        await Updated(new() { ThingName = "dev7", AttributePayload = Registry.Payload(new() { ["d"] = "4" }) });
        Assert.Equal("""{"d":"4"}""", Registry.Json((await Describe("dev7")).Attributes));
        Assert.Equal(3, (await Describe("dev7")).Version);
        Assert.Equal(["dev7"], await Found(new() { AttributeName = "d", AttributeValue = "4" }));
        Assert.Empty(await Found(new() { AttributeName = "a", AttributeValue = "1" }));
    }

    [Fact]
    public async Task An_expected_version_that_is_not_current_changes_nothing()
    {
        await _registry.Thing("dev7");
        var update = await Update(new() { ThingName = "dev7", ExpectedVersion = 2, AttributePayload = Registry.Payload(new() { ["a"] = "1" }) });
        Assert.Equal(("VersionConflictException", 409), (update.Error!.Code, update.Error.Status));
        var delete = await _registry.Ask(_registry.Get<DeleteThing>(), new DeleteThing.Request { ThingName = "dev7", ExpectedVersion = 9 });
        Assert.Equal("VersionConflictException", delete.Error!.Code);
        Assert.Equal(1, (await Describe("dev7")).Version);
    }

    [Fact]
    public async Task A_deleted_thing_is_in_no_list_and_no_group_and_deleting_it_again_is_no_error()
    {
        await _registry.Thing("dev7", attributes: new() { ["a"] = "1" });
        await _registry.Group("line1");
        await _registry.Add("dev7", "line1");
        await _registry.Do(_registry.Get<DeleteThing>(), new DeleteThing.Request { ThingName = "dev7" });
        await _registry.Do(_registry.Get<DeleteThing>(), new DeleteThing.Request { ThingName = "dev7" });
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(_registry.Get<DescribeThing>(), new DescribeThing.Request { ThingName = "dev7" })).Error!.Code);
        Assert.Empty(await Found(new()));
        Assert.Empty(await Found(new() { AttributeName = "a" }));
        Assert.Empty((await _registry.Do(_registry.Get<ListThingsInThingGroup>(), new ListThingsInThingGroup.Request { ThingGroupName = "line1" })).Things);
        Assert.Equal("DeleteThing thing/dev7", (await _registry.Journal())[^1]);
    }

    [Fact]
    public async Task A_thing_with_a_certificate_stays()
    {
        await _registry.Thing("dev7");
        await _registry.AttachPrincipal("dev7", (await _registry.Certificate()).CertificateArn);
        var refused = await _registry.Ask(_registry.Get<DeleteThing>(), new DeleteThing.Request { ThingName = "dev7" });
        Assert.Equal("InvalidRequestException", refused.Error!.Code);
        Assert.Equal("Cannot delete. Thing dev7 is still attached to one or more principals", refused.Error.Message);
        Assert.Equal("dev7", (await Describe("dev7")).ThingName);
    }

    [Fact]
    public async Task Unknown_types_and_billing_groups_are_not_found()
    {
        var type = await _registry.Ask(_registry.Get<CreateThing>(), new CreateThing.Request { ThingName = "dev7", ThingTypeName = "none" });
        Assert.Equal("ResourceNotFoundException", type.Error!.Code);
        var billing = await _registry.Ask(_registry.Get<CreateThing>(), new CreateThing.Request { ThingName = "dev7", BillingGroupName = "none" });
        Assert.Equal("ResourceNotFoundException", billing.Error!.Code);
        Assert.Empty(await _registry.Journal());
    }

    [Fact]
    public async Task Accounts_do_not_see_each_others_things()
    {
        await _registry.Thing("dev7");
        var asked = await _registry.Ask(_registry.Get<DescribeThing>(), new DescribeThing.Request { ThingName = "dev7" }, Registry.Other);
        Assert.Equal("ResourceNotFoundException", asked.Error!.Code);
        await _registry.Do(_registry.Get<DeleteThing>(), new DeleteThing.Request { ThingName = "dev7" }, Registry.Other);
        Assert.Equal("dev7", (await Describe("dev7")).ThingName);
    }

    [Fact]
    public async Task Pages_give_every_thing_once_whatever_the_filter()
    {
        await _registry.Do(_registry.Get<CreateThingType>(), new CreateThingType.Request { ThingTypeName = "sensor" });
        for (var i = 0; i < 23; i++)
            await _registry.Thing($"dev{i:00}", i % 2 == 0 ? "sensor" : null, new() { ["fw"] = i % 3 == 0 ? "1.0" : "1.1", ["n"] = "x" + i });
        var all = Enumerable.Range(0, 23).ToList();
        Assert.Equal(all.Select(i => $"dev{i:00}"), await Found(new() { MaxResults = 4 }));
        Assert.Equal(all.Where(i => i % 2 == 0).Select(i => $"dev{i:00}"), await Found(new() { MaxResults = 3, ThingTypeName = "sensor" }));
        Assert.Equal(all.Where(i => i % 3 == 0).Select(i => $"dev{i:00}"), await Found(new() { MaxResults = 2, AttributeName = "fw", AttributeValue = "1.0" }));
        Assert.Equal(
            all.Where(i => i % 6 == 0).Select(i => $"dev{i:00}"),
            await Found(new() { MaxResults = 2, AttributeName = "fw", AttributeValue = "1.0", ThingTypeName = "sensor" }));
        Assert.Equal(23, (await Found(new() { MaxResults = 5, AttributeName = "fw", AttributeValue = "1.", UsePrefixAttributeValue = true })).Distinct().Count());
        Assert.Equal(["dev01", "dev10", "dev11"], (await Found(new() { MaxResults = 1, AttributeName = "n", AttributeValue = "x1", UsePrefixAttributeValue = true }))[..3]);
        Assert.Equal(23, (await Found(new() { MaxResults = 7, AttributeName = "n" })).Count);
    }

    [Fact]
    public async Task A_foreign_token_is_refused_in_AWSs_words()
    {
        foreach (var token in (string[])["x", PageToken.Of("ListThingGroups", "", "dev1"), PageToken.Of("ListThings", "dev1")])
        {
            var refused = await _registry.Ask(_registry.Get<ListThings>(), new ListThings.Request { NextToken = token });
            Assert.Equal(("InvalidRequestException", "Next token is invalid."), (refused.Error!.Code, refused.Error.Message));
        }
    }

    private Task<DescribeThing.Response> Describe(string name) => _registry.Do(_registry.Get<DescribeThing>(), new DescribeThing.Request { ThingName = name });

    private Task<Result<Nothing>> Update(UpdateThing.Request request) => _registry.Ask(_registry.Get<UpdateThing>(), request);

    private Task<Nothing> Updated(UpdateThing.Request request) => _registry.Do(_registry.Get<UpdateThing>(), request);

    private async Task<List<string>> Found(ListThings.Request request)
    {
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await _registry.Do(_registry.Get<ListThings>(), request with { NextToken = token });
            Assert.True(page.Things.Count <= (request.MaxResults ?? 250));
            names.AddRange(page.Things.Select(thing => thing.ThingName));
            token = page.NextToken;
        }
        while (token is not null);
        return names;
    }
}
