using Godwit.Server.Things;

namespace Godwit.Server.Tests.Things;

public sealed class ThingTypeTests : IAsyncLifetime
{
    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_type_is_described_as_it_was_created_and_updated()
    {
        var made = await Create("sensor", new() { ThingTypeDescription = "senses", SearchableAttributes = ["fw"] });
        Assert.Equal(made, await Create("sensor", new() { ThingTypeDescription = "senses", SearchableAttributes = ["fw"] }));
        await _registry.Do(_registry.Get<UpdateThingType>(), new UpdateThingType.Request
        {
            ThingTypeName = "sensor",
            ThingTypeProperties = new() { Mqtt5Configuration = new() { PropagatingAttributes = [new() { UserPropertyKey = "fw", ThingAttribute = "fw" }] } },
        });
        var type = await Describe("sensor");
        Assert.Equal(("senses", false), (type.ThingTypeProperties.ThingTypeDescription, type.ThingTypeMetadata.Deprecated));
        Assert.Equal(["fw"], type.ThingTypeProperties.SearchableAttributes!);
        Assert.Equal("fw", type.ThingTypeProperties.Mqtt5Configuration!.PropagatingAttributes![0].UserPropertyKey);
        var refused = await _registry.Ask(_registry.Get<CreateThingType>(), new CreateThingType.Request { ThingTypeName = "sensor" });
        Assert.Equal("ResourceAlreadyExistsException", refused.Error!.Code);
        var tooMany = await _registry.Ask(
            _registry.Get<CreateThingType>(),
            new CreateThingType.Request { ThingTypeName = "other", ThingTypeProperties = new() { SearchableAttributes = ["a", "b", "c", "d"] } });
        Assert.Equal("InvalidRequestException", tooMany.Error!.Code);
    }

    [Fact]
    public async Task A_deprecated_type_takes_no_new_thing_and_goes_after_five_minutes()
    {
        await Create("sensor");
        Assert.Equal("InvalidRequestException", (await Delete("sensor")).Error!.Code);
        await Deprecate("sensor");
        var refused = await _registry.Ask(_registry.Get<CreateThing>(), new CreateThing.Request { ThingName = "dev7", ThingTypeName = "sensor" });
        Assert.Equal("InvalidRequestException", refused.Error!.Code);
        _registry.Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        // Deprecating again does not start the wait anew.
        await Deprecate("sensor");
        Assert.Equal("Cannot delete thing type : sensor. Please wait for 5 minutes after deprecation and then retry", (await Delete("sensor")).Error!.Message);
        _registry.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True((await Delete("sensor")).IsOk);
        Assert.Equal("ResourceNotFoundException", (await Delete("sensor")).Error!.Code);
    }

    [Fact]
    public async Task A_type_that_things_have_stays()
    {
        await Create("sensor");
        await _registry.Thing("dev7", "sensor");
        await Deprecate("sensor");
        _registry.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("InvalidRequestException", (await Delete("sensor")).Error!.Code);
        await _registry.Do(_registry.Get<UpdateThing>(), new UpdateThing.Request { ThingName = "dev7", RemoveThingType = true });
        Assert.True((await Delete("sensor")).IsOk);
    }

    [Fact]
    public async Task A_deprecation_can_be_undone()
    {
        await Create("sensor");
        await Deprecate("sensor");
        Assert.Equal(_registry.Time.GetUtcNow(), (await Describe("sensor")).ThingTypeMetadata.DeprecationDate);
        await _registry.Do(_registry.Get<DeprecateThingType>(), new DeprecateThingType.Request { ThingTypeName = "sensor", UndoDeprecate = true });
        Assert.Null((await Describe("sensor")).ThingTypeMetadata.DeprecationDate);
        await _registry.Thing("dev7", "sensor");
    }

    [Fact]
    public async Task Types_are_listed_page_by_page_or_by_name()
    {
        for (var i = 0; i < 5; i++)
            await Create("type" + i);
        var first = await List(new() { MaxResults = 3 });
        var second = await List(new() { MaxResults = 3, NextToken = first.NextToken });
        Assert.Equal(["type0", "type1", "type2", "type3", "type4"], first.ThingTypes.Concat(second.ThingTypes).Select(type => type.ThingTypeName));
        Assert.Null(second.NextToken);
        Assert.Equal(["type3"], (await List(new() { ThingTypeName = "type3" })).ThingTypes.Select(type => type.ThingTypeName));
    }

    private Task<CreateThingType.Response> Create(string name, ThingTypeProperties? properties = null) =>
        _registry.Do(_registry.Get<CreateThingType>(), new CreateThingType.Request { ThingTypeName = name, ThingTypeProperties = properties });

    private Task<DescribeThingType.Response> Describe(string name) =>
        _registry.Do(_registry.Get<DescribeThingType>(), new DescribeThingType.Request { ThingTypeName = name });

    private Task<Core.Nothing> Deprecate(string name) =>
        _registry.Do(_registry.Get<DeprecateThingType>(), new DeprecateThingType.Request { ThingTypeName = name });

    private Task<Core.Result<Core.Nothing>> Delete(string name) =>
        _registry.Ask(_registry.Get<DeleteThingType>(), new DeleteThingType.Request { ThingTypeName = name });

    private Task<ListThingTypes.Response> List(ListThingTypes.Request request) => _registry.Do(_registry.Get<ListThingTypes>(), request);
}
