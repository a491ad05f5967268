using System.Text.Json.Nodes;
using Godwit.Server.Events;
using Godwit.Server.FleetIndexing;
using Godwit.Server.Placement;
using Godwit.Server.Tests.Jobs;
using Godwit.Server.Things;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Things;

/// <summary>What the registry tells by MQTT once it was asked to: topics and payloads as AWS documents them.</summary>
public sealed class RegistryEventTests : IAsyncLifetime
{
    private readonly FakeDeviceLink _link = new();
    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start(services => services.AddSingleton<IDeviceLink>(_link));

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Nothing_is_told_of_what_was_not_switched_on()
    {
        await Switch(EventTypes.ThingGroup);
        await _registry.Thing("dev7");
        await _registry.Group("line");
        await _registry.Add("dev7", "line");
        Assert.Equal(["thingGroup/line/created"], Topics());
    }

    [Fact]
    public async Task A_thing_is_told_when_it_is_made_changed_and_deleted()
    {
        await Switch(EventTypes.Thing);
        var made = await _registry.Thing("dev7", attributes: new() { ["hw"] = "3" });
        await _registry.Thing("dev7", attributes: new() { ["hw"] = "3" });
        await _registry.Do(_registry.Get<UpdateThing>(), new UpdateThing.Request { ThingName = "dev7" });
        await _registry.Do(_registry.Get<DeleteThing>(), new DeleteThing.Request { ThingName = "dev7" });
        Assert.Equal(["thing/dev7/created", "thing/dev7/updated", "thing/dev7/deleted"], Topics());
        Assert.Equal(
            $$$"""{"eventType":"THING_EVENT","timestamp":1777888800000,"operation":"CREATED","accountId":"000000000000","thingId":"{{{made.ThingId}}}","thingName":"dev7","versionNumber":1,"thingTypeName":null,"attributes":{"hw":"3"}}""",
            Payload(0));
        Assert.Contains("\"operation\":\"UPDATED\"", Payload(1), StringComparison.Ordinal);
        Assert.Contains("\"versionNumber\":2", Payload(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_type_is_told_when_it_is_made_changed_deprecated_and_deleted()
    {
        await Switch(EventTypes.ThingType);
        var properties = new ThingTypeProperties
        {
            ThingTypeDescription = "lamps", SearchableAttributes = ["hw"],
            Mqtt5Configuration = new() { PropagatingAttributes = [new() { UserPropertyKey = "k", ThingAttribute = "hw" }] },
        };
        var made = await _registry.Do(_registry.Get<CreateThingType>(), new CreateThingType.Request { ThingTypeName = "lamp", ThingTypeProperties = properties });
        await _registry.Do(_registry.Get<UpdateThingType>(), new UpdateThingType.Request { ThingTypeName = "lamp", ThingTypeProperties = properties });
        await _registry.Do(_registry.Get<DeprecateThingType>(), new DeprecateThingType.Request { ThingTypeName = "lamp" });
        _registry.Time.Advance(TimeSpan.FromMinutes(5));
        await _registry.Do(_registry.Get<DeleteThingType>(), new DeleteThingType.Request { ThingTypeName = "lamp" });
        Assert.Equal(["thingType/lamp/created", "thingType/lamp/updated", "thingType/lamp/updated", "thingType/lamp/deleted"], Topics());
        Assert.Equal(
            $$"""{"eventType":"THING_TYPE_EVENT","timestamp":1777888800000,"operation":"CREATED","accountId":"000000000000","thingTypeId":"{{made.ThingTypeId}}","thingTypeName":"lamp","isDeprecated":false,"deprecationDate":null,"searchableAttributes":["hw"],"propagatingAttributes":[{"userPropertyKey":"k","thingAttribute":"hw"}],"description":"lamps"}""",
            Payload(0));
        Assert.Contains("\"isDeprecated\":true,\"deprecationDate\":1777888800000", Payload(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_things_type_is_told_when_it_comes_changes_and_goes()
    {
        foreach (var type in (string[])["lamp", "plug"])
            await _registry.Do(_registry.Get<CreateThingType>(), new CreateThingType.Request { ThingTypeName = type });
        await Switch(EventTypes.ThingTypeAssociation);
        await _registry.Thing("bare");
        var made = await _registry.Thing("dev7", "lamp");
        foreach (var type in (string?[])["plug", null])
            await _registry.Do(_registry.Get<UpdateThing>(), new UpdateThing.Request { ThingName = "dev7", ThingTypeName = type });
        await _registry.Do(_registry.Get<DeleteThing>(), new DeleteThing.Request { ThingName = "dev7" });
        Assert.Equal(
            ["lamp CREATED", "lamp DELETED", "plug CREATED", "plug DELETED"],
            _link.Heard.Select(message => $"{message.Topic["$aws/events/thingTypeAssociation/thing/dev7/".Length..]} {JsonNode.Parse(message.Payload)!["operation"]}"));
        Assert.Equal(
            $$"""{"eventType":"THING_TYPE_ASSOCIATION_EVENT","timestamp":1777888800000,"operation":"CREATED","thingId":"{{made.ThingId}}","thingName":"dev7","thingTypeName":"lamp"}""",
            Payload(0));
    }

    [Fact]
    public async Task Groups_and_what_lies_below_them_are_told()
    {
        await Switch(EventTypes.ThingGroup, EventTypes.ThingGroupHierarchy);
        var root = await _registry.Group("site");
        var child = await _registry.Group("line", "site");
        await _registry.Do(
            _registry.Get<UpdateThingGroup>(), new UpdateThingGroup.Request { ThingGroupName = "line", ThingGroupProperties = new() { ThingGroupDescription = "left" } });
        await _registry.Do(_registry.Get<DeleteThingGroup>(), new DeleteThingGroup.Request { ThingGroupName = "line" });
        const string hierarchy = "thingGroupHierarchy/thingGroup/site/childThingGroup/line/";
        Assert.Equal(
            ["thingGroup/site/created", "thingGroup/line/created", hierarchy + "added", "thingGroup/line/updated", "thingGroup/line/deleted", hierarchy + "removed"],
            Topics());
        Assert.Equal(
            $$"""{"eventType":"THING_GROUP_EVENT","timestamp":1777888800000,"operation":"UPDATED","accountId":"000000000000","thingGroupId":"{{child.ThingGroupId}}","thingGroupName":"line","versionNumber":2,"parentGroupName":"site","parentGroupId":"{{root.ThingGroupId}}","description":"left","rootToParentThingGroups":[{"groupArn":"arn:aws:iot:eu-central-1:000000000000:thinggroup/site","groupId":"{{root.ThingGroupId}}"}],"attributes":{},"dynamicGroupMappingId":null}""",
            Payload(3));
        Assert.Equal(
            $$"""{"eventType":"THING_GROUP_HIERARCHY_EVENT","timestamp":1777888800000,"operation":"ADDED","accountId":"000000000000","thingGroupId":"{{root.ThingGroupId}}","thingGroupName":"site","childGroupId":"{{child.ThingGroupId}}","childGroupName":"line"}""",
            Payload(2));
    }

    [Fact]
    public async Task Members_are_told_when_they_join_and_leave_and_when_the_thing_goes()
    {
        await Switch(EventTypes.ThingGroupMembership);
        var (thing, group) = (await _registry.Thing("dev7"), await _registry.Group("line"));
        await _registry.Add("dev7", "line");
        await _registry.Remove("dev7", "line");
        await _registry.Add("dev7", "line");
        await _registry.Do(_registry.Get<DeleteThing>(), new DeleteThing.Request { ThingName = "dev7" });
        const string topic = "thingGroupMembership/thingGroup/line/thing/dev7/";
        Assert.Equal([topic + "added", topic + "removed", topic + "added", topic + "removed"], Topics());
        var ids = _link.Heard.Select(message => (string)JsonNode.Parse(message.Payload)!["membershipId"]!).Distinct();
        Assert.Equal(
            $$"""{"eventType":"THING_GROUP_MEMBERSHIP_EVENT","timestamp":1777888800000,"operation":"ADDED","accountId":"000000000000","groupArn":"{{group.ThingGroupArn}}","groupId":"{{group.ThingGroupId}}","thingArn":"{{thing.ThingArn}}","thingId":"{{thing.ThingId}}","membershipId":"{{Assert.Single(ids)}}"}""",
            Payload(0));
    }

    [Fact]
    public async Task Dynamic_groups_and_their_members_are_told_as_well()
    {
        await _registry.Do(
            _registry.Get<UpdateIndexingConfiguration>(),
            new UpdateIndexingConfiguration.Request { ThingIndexingConfiguration = new() { ThingIndexingMode = "REGISTRY" } });
        await _registry.Thing("dev7", attributes: new() { ["hw"] = "3" });
        await Switch(EventTypes.ThingGroup, EventTypes.ThingGroupMembership);
        await _registry.Do(
            _registry.Get<CreateDynamicThingGroup>(), new CreateDynamicThingGroup.Request { ThingGroupName = "threes", QueryString = "attributes.hw:3" });
        await _registry.Do(_registry.Get<DeleteThing>(), new DeleteThing.Request { ThingName = "dev7" });
        await _registry.Do(_registry.Get<DeleteDynamicThingGroup>(), new DeleteDynamicThingGroup.Request { ThingGroupName = "threes" });
        const string topic = "thingGroupMembership/thingGroup/threes/thing/dev7/";
        Assert.Equal(["thingGroup/threes/created", topic + "added", topic + "removed", "thingGroup/threes/deleted"], Topics());
        Assert.DoesNotContain("\"dynamicGroupMappingId\":null", Payload(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_change_tells_nothing()
    {
        await Switch(EventTypes.Thing);
        await _registry.Thing("dev7");
        _link.Heard.Clear();
        Assert.False((await _registry.Ask(_registry.Get<UpdateThing>(), new UpdateThing.Request { ThingName = "dev7", ExpectedVersion = 9 })).IsOk);
        Assert.Empty(_link.Heard);
    }

    private List<string> Topics() => _link.Heard.ConvertAll(message => message.Topic["$aws/events/".Length..]);

    /// <summary>An event without its id, which is another each time.</summary>
    private string Payload(int index)
    {
        var payload = JsonNode.Parse(_link.Heard[index].Payload)!.AsObject();
        Assert.True(payload.Remove("eventId"));
        return payload.ToJsonString();
    }

    private async Task Switch(params string[] types) => await _registry.Do(
        _registry.Get<UpdateEventConfigurations>(),
        new UpdateEventConfigurations.Request { EventConfigurations = types.ToDictionary(type => type, _ => new Configuration { Enabled = true }) });
}
