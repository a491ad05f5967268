using Godwit.Core;
using Godwit.Server.Storage;
using Godwit.Server.Tags;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.Things;

public sealed class ThingGroupTests : IAsyncLifetime
{
    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_group_names_the_groups_above_it_from_the_root_down()
    {
        await _registry.Group("plant");
        await _registry.Group("hall", "plant");
        var made = await _registry.Group("line", "hall");
        var group = await Describe("line");
        Assert.Equal(made.ThingGroupId, group.ThingGroupId);
        Assert.Equal("hall", group.ThingGroupMetadata.ParentGroupName);
        Assert.Equal(["plant", "hall"], group.ThingGroupMetadata.RootToParentThingGroups!.Select(above => above.GroupName));
        Assert.Equal("arn:aws:iot:eu-central-1:000000000000:thinggroup/plant", group.ThingGroupMetadata.RootToParentThingGroups![0].GroupArn);
        Assert.Equal(_registry.Time.GetUtcNow(), group.ThingGroupMetadata.CreationDate);
        Assert.Null((await Describe("plant")).ThingGroupMetadata.RootToParentThingGroups);
    }

    [Fact]
    public async Task The_same_group_again_is_no_error_and_another_is()
    {
        await _registry.Group("plant");
        var first = await _registry.Group("line", "plant");
        Assert.Equal(first, await _registry.Group("line", "plant"));
        var refused = await Create(new() { ThingGroupName = "line" });
        Assert.Equal("ResourceAlreadyExistsException", refused.Error!.Code);
        Assert.Equal("Thing Group line already exists in current account with different properties", refused.Error.Message);
    }

    [Fact]
    public async Task A_hierarchy_ends_at_seven_levels_and_its_parents_must_be_there()
    {
        await _registry.Group("g1");
        for (var level = 2; level <= 7; level++)
            await _registry.Group("g" + level, "g" + (level - 1));
        Assert.Equal("InvalidRequestException", (await Create(new() { ThingGroupName = "g8", ParentGroupName = "g7" })).Error!.Code);
        Assert.Equal("InvalidRequestException", (await Create(new() { ThingGroupName = "lost", ParentGroupName = "none" })).Error!.Code);
        Assert.Equal(6, (await Describe("g7")).ThingGroupMetadata.RootToParentThingGroups!.Count);
    }

    [Fact]
    public async Task A_group_has_a_hundred_children()
    {
        await _registry.Group("plant");
        for (var i = 0; i < 100; i++)
            await _registry.Group("line" + i, "plant");
        Assert.Equal("InvalidRequestException", (await Create(new() { ThingGroupName = "line100", ParentGroupName = "plant" })).Error!.Code);
        Assert.Equal(100, (await Listed(new() { ParentGroup = "plant", MaxResults = 17 })).Count);
    }

    [Fact]
    public async Task A_group_with_children_stays_and_without_them_goes_twice()
    {
        await _registry.Group("plant");
        await _registry.Group("line", "plant");
        var refused = await Delete("plant");
        Assert.Equal("Cannot delete thing group : plant when there are still child groups attached to it.", refused.Error!.Message);
        Assert.Equal("InvalidRequestException", refused.Error.Code);
        foreach (var group in (string[])["line", "line", "plant"])
            Assert.True((await Delete(group)).IsOk);
        Assert.Empty(await Listed(new()));
    }

    [Fact]
    public async Task Lists_show_all_the_roots_the_children_or_all_below()
    {
        foreach (var (name, parent) in ((string, string?)[])[("a", null), ("a-1", "a"), ("a-1-x", "a-1"), ("a-2", "a"), ("b", null)])
            await _registry.Group(name, parent);
        Assert.Equal(["a", "a-1", "a-1-x", "a-2", "b"], await Listed(new() { MaxResults = 2 }));
        Assert.Equal(["a", "b"], await Listed(new() { Recursive = false, MaxResults = 1 }));
        Assert.Equal(["a-1", "a-2"], await Listed(new() { ParentGroup = "a", MaxResults = 1 }));
        Assert.Equal(["a-1", "a-1-x", "a-2"], await Listed(new() { ParentGroup = "a", Recursive = true, MaxResults = 1 }));
        Assert.Equal(["a-1", "a-1-x"], await Listed(new() { NamePrefixFilter = "a-1", MaxResults = 1 }));
        Assert.Empty(await Listed(new() { NamePrefixFilter = "%" }));
        var unknown = await _registry.Ask(_registry.Get<ListThingGroups>(), new ListThingGroups.Request { ParentGroup = "none" });
        Assert.Equal("ResourceNotFoundException", unknown.Error!.Code);
    }

    [Fact]
    public async Task Things_are_listed_with_those_of_the_groups_below_page_by_page()
    {
        await _registry.Group("plant");
        await _registry.Group("hall", "plant");
        await _registry.Group("line", "hall");
        for (var i = 0; i < 12; i++)
        {
            await _registry.Thing($"dev{i:00}");
            await _registry.Add($"dev{i:00}", i < 4 ? "plant" : i < 8 ? "hall" : "line");
        }
        Assert.Equal(["dev00", "dev01", "dev02", "dev03"], await Members("plant", recursive: false, size: 3));
        for (var size = 1; size < 14; size++)
            Assert.Equal(Enumerable.Range(0, 12).Select(i => $"dev{i:00}"), (await Members("plant", recursive: true, size)).Order());
        Assert.Equal(8, (await Members("hall", recursive: true, size: 3)).Count);
        var ofGroup = await _registry.Get<Database>().Read(
            s => s.Query<string>(Membership.ThingsOfGroupSql, new { account = "000000000000", group = "hall" }), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(4, 8).Select(i => $"dev{i:00}"), ofGroup.Order());
    }

    [Fact]
    public async Task A_thing_is_never_twice_in_one_hierarchy()
    {
        await _registry.Thing("dev7");
        await _registry.Group("plant");
        await _registry.Group("hall", "plant");
        await _registry.Group("yard", "plant");
        await _registry.Group("other");
        await _registry.Add("dev7", "hall");
        await _registry.Add("dev7", "hall");
        await _registry.Add("dev7", "other");
        foreach (var relative in (string[])["plant", "yard"])
            Assert.Equal("InvalidRequestException", (await Join("dev7", relative)).Error!.Code);
        Assert.Equal(["hall", "other"], await GroupsOf("dev7"));
    }

    [Fact]
    public async Task A_thing_is_in_ten_groups_at_most()
    {
        await _registry.Thing("dev7");
        for (var i = 0; i < 11; i++)
            await _registry.Group("g" + i);
        for (var i = 0; i < 10; i++)
            await _registry.Add("dev7", "g" + i);
        Assert.Equal("InvalidRequestException", (await Join("dev7", "g10")).Error!.Code);
        await _registry.Remove("dev7", "g0");
        await _registry.Add("dev7", "g10");
        Assert.Equal(10, (await GroupsOf("dev7")).Count);
    }

    [Fact]
    public async Task Moving_within_a_hierarchy_is_one_change_or_none()
    {
        await _registry.Thing("dev7");
        await _registry.Group("plant");
        await _registry.Group("hall", "plant");
        await _registry.Group("yard", "plant");
        await _registry.Add("dev7", "hall");
        var refused = await _registry.Ask(_registry.Get<UpdateThingGroupsForThing>(), new UpdateThingGroupsForThing.Request
        {
            ThingName = "dev7", ThingGroupsToRemove = ["hall"], ThingGroupsToAdd = ["yard", "none"],
        });
        Assert.Equal("ResourceNotFoundException", refused.Error!.Code);
        Assert.Equal(["hall"], await GroupsOf("dev7"));
        await _registry.Do(_registry.Get<UpdateThingGroupsForThing>(), new UpdateThingGroupsForThing.Request
        {
            ThingName = "dev7", ThingGroupsToRemove = ["hall"], ThingGroupsToAdd = ["yard"],
        });
        Assert.Equal(["yard"], await GroupsOf("dev7"));
        Assert.Equal("UpdateThingGroupsForThing thing/dev7", (await _registry.Journal())[^1]);
    }

    [Fact]
    public async Task Groups_and_things_may_be_named_by_ARN_but_not_by_two_different_names()
    {
        var thing = await _registry.Thing("dev7");
        var group = await _registry.Group("line");
        await _registry.Do(_registry.Get<AddThingToThingGroup>(), new AddThingToThingGroup.Request { ThingArn = thing.ThingArn, ThingGroupArn = group.ThingGroupArn });
        Assert.Equal(["line"], await GroupsOf("dev7"));
        foreach (var request in (AddThingToThingGroup.Request[])
                 [
                     new() { ThingName = "dev7" },
                     new() { ThingGroupName = "line" },
                     new() { ThingName = "dev8", ThingArn = thing.ThingArn, ThingGroupName = "line" },
                     new() { ThingName = "dev7", ThingGroupArn = "line" },
                     new() { ThingName = "dev7", ThingGroupArn = "arn:aws:iot:eu-central-1:123456789012:thinggroup/line" },
                     new() { ThingName = "dev7", ThingGroupArn = "arn:aws:iot:eu-central-1:000000000000:thing/line" },
                 ])
            Assert.Equal("InvalidRequestException", (await _registry.Ask(_registry.Get<AddThingToThingGroup>(), request)).Error!.Code);
        Assert.Equal("ResourceNotFoundException", (await Join("none", "line")).Error!.Code);
        Assert.Equal("ResourceNotFoundException", (await Join("dev7", "none")).Error!.Code);
    }

    [Fact]
    public async Task A_group_is_updated_under_its_version_and_keeps_what_is_not_given()
    {
        await _registry.Do(_registry.Get<CreateThingGroup>(), new CreateThingGroup.Request
        {
            ThingGroupName = "line",
            ThingGroupProperties = new() { ThingGroupDescription = "Line 1", AttributePayload = Registry.Payload(new() { ["site"] = "north" }) },
        });
        var version = await _registry.Do(_registry.Get<UpdateThingGroup>(), new UpdateThingGroup.Request
        {
            ThingGroupName = "line", ExpectedVersion = 1,
            ThingGroupProperties = new() { AttributePayload = Registry.Payload(new() { ["shift"] = "2" }, merge: true) },
        });
        Assert.Equal(2, version.Version);
        var group = await Describe("line");
        Assert.Equal("Line 1", group.ThingGroupProperties.ThingGroupDescription);
        Assert.Equal("""{"shift":"2","site":"north"}""", Registry.Json(group.ThingGroupProperties.AttributePayload!.Attributes!));
        var conflict = await _registry.Ask(_registry.Get<UpdateThingGroup>(), new UpdateThingGroup.Request
        {
            ThingGroupName = "line", ExpectedVersion = 1, ThingGroupProperties = new() { ThingGroupDescription = "x" },
        });
        Assert.Equal("VersionConflictException", conflict.Error!.Code);
    }

    [Fact]
    public async Task Tags_of_a_refused_creation_leave_no_group_behind()
    {
        var refused = await Create(new() { ThingGroupName = "line", Tags = [new Tag { Key = "aws:x", Value = "1" }] });
        Assert.Equal("InvalidRequestException", refused.Error!.Code);
        Assert.Empty(await Listed(new()));
        Assert.Empty(await _registry.Journal());
    }

    private Task<Result<CreateThingGroup.Response>> Create(CreateThingGroup.Request request) => _registry.Ask(_registry.Get<CreateThingGroup>(), request);

    private Task<Result<Nothing>> Delete(string group) => _registry.Ask(_registry.Get<DeleteThingGroup>(), new DeleteThingGroup.Request { ThingGroupName = group });

    private Task<Result<Nothing>> Join(string thing, string group) =>
        _registry.Ask(_registry.Get<AddThingToThingGroup>(), new AddThingToThingGroup.Request { ThingName = thing, ThingGroupName = group });

    private Task<DescribeThingGroup.Response> Describe(string group) =>
        _registry.Do(_registry.Get<DescribeThingGroup>(), new DescribeThingGroup.Request { ThingGroupName = group });

    private async Task<List<string>> GroupsOf(string thing)
    {
        var first = await _registry.Do(_registry.Get<ListThingGroupsForThing>(), new ListThingGroupsForThing.Request { ThingName = thing, MaxResults = 1 });
        var names = first.ThingGroups.Select(group => group.GroupName).ToList();
        if (first.NextToken is not null)
            names.AddRange((await _registry.Do(
                _registry.Get<ListThingGroupsForThing>(),
                new ListThingGroupsForThing.Request { ThingName = thing, NextToken = first.NextToken })).ThingGroups.Select(group => group.GroupName));
        return names;
    }

    private async Task<List<string>> Listed(ListThingGroups.Request request)
    {
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await _registry.Do(_registry.Get<ListThingGroups>(), request with { NextToken = token });
            names.AddRange(page.ThingGroups.Select(group => group.GroupName));
            token = page.NextToken;
        }
        while (token is not null);
        return names;
    }

    private async Task<List<string>> Members(string group, bool recursive, int size)
    {
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await _registry.Do(
                _registry.Get<ListThingsInThingGroup>(),
                new ListThingsInThingGroup.Request { ThingGroupName = group, Recursive = recursive, MaxResults = size, NextToken = token });
            Assert.True(page.Things.Count <= size);
            names.AddRange(page.Things);
            token = page.NextToken;
        }
        while (token is not null);
        return names;
    }
}
