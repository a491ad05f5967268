using Godwit.Core;
using Godwit.Core.Jobs;
using Godwit.Server.FleetIndexing;
using Godwit.Server.Jobs;
using Godwit.Server.Placement;
using Godwit.Server.Policies;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Jobs;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.FleetIndexing;

public sealed class DynamicThingGroupTests : IAsyncLifetime
{
    private readonly JobsHost _host = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Index("STATUS");

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_new_group_has_the_things_that_its_query_finds()
    {
        await Thing("old", "1.0");
        await Thing("new", "2.0");
        var made = await Create("outdated", "attributes.fw:1.0");
        Assert.Equal(("outdated", "AWS_Things", "attributes.fw:1.0", "2017-09-30"), (made.ThingGroupName, made.IndexName, made.QueryString, made.QueryVersion));
        Assert.Equal(["old"], await Members("outdated"));
        var shown = Ok(await _host.Get<DescribeThingGroup>().Handle(JobsHost.Caller, new DescribeThingGroup.Request { ThingGroupName = "outdated" }, Ct));
        Assert.Equal(("ACTIVE", "attributes.fw:1.0", 1L), (shown.Status, shown.QueryString, shown.Version));
        var groups = Ok(await _host.Get<ListThingGroupsForThing>().Handle(JobsHost.Caller, new ListThingGroupsForThing.Request { ThingName = "old" }, Ct));
        Assert.Equal("outdated", Assert.Single(groups.ThingGroups).GroupName);
    }

    [Fact]
    public async Task Things_come_and_go_with_their_attributes_groups_and_creation()
    {
        await Create("outdated", "attributes.fw:1.0");
        await Create("hall", "thingGroupNames:hall-1");
        await _host.MakeGroup("hall-1");
        await Thing("dev", "1.0");
        Assert.Equal(["dev"], await Members("outdated"));
        await SetFirmware("dev", "2.0");
        Assert.Empty(await Members("outdated"));
        await SetFirmware("dev", "1.0");
        await _host.Join("hall-1", "dev");
        Assert.Equal(["dev"], await Members("hall"));
        await _host.Leave("hall-1", "dev");
        Assert.Empty(await Members("hall"));
        Ok(await _host.Get<DeleteThing>().Handle(JobsHost.Caller, new DeleteThing.Request { ThingName = "dev" }, Ct));
        Assert.Empty(await Members("outdated"));
    }

    [Fact]
    public async Task Things_come_and_go_with_their_connection()
    {
        await Thing("dev", "1.0");
        await Create("online", "connectivity.connected:true");
        await _host.Get<ConnectivityKeeper>().Begin(Ct);
        await Seen("dev", true);
        Assert.Equal(["dev"], await Members("online"));
        await Seen("dev", false);
        Assert.Empty(await Members("online"));
        await Seen("dev", true);
        await _host.Restart();
        await _host.Get<ConnectivityKeeper>().Begin(Ct);
        Assert.Empty(await Members("online"));
    }

    [Fact]
    public async Task A_continuous_job_reaches_a_thing_whose_attribute_changed()
    {
        await Thing("dev", "2.0");
        await Create("outdated", "attributes.fw:1.0");
        await _host.Create("update", [JobsHost.GroupArn("outdated")], request => request with { TargetSelection = "CONTINUOUS" });
        Assert.Equal(0, (await _host.Job("update")).JobProcessDetails.NumberOfQueuedThings);
        await SetFirmware("dev", "1.0");
        Assert.Equal("QUEUED", (await _host.Execution("dev", "update")).Status);
        await SetFirmware("dev", "2.0");
        Assert.Equal("REMOVED", (await _host.Execution("dev", "update")).Status);
        await _host.Counts("update");
    }

    [Fact]
    public async Task A_new_query_moves_members_and_a_continuous_job_hears_of_it()
    {
        await Thing("one", "1.0");
        await Thing("two", "2.0");
        await Create("g", "attributes.fw:1.0");
        await _host.Create("update", [JobsHost.GroupArn("g")], request => request with { TargetSelection = "CONTINUOUS" });
        var updated = Ok(await Update("g", "attributes.fw:2.0"));
        Assert.Equal(2, updated.Version);
        Assert.Equal(["two"], await Members("g"));
        Assert.Equal("REMOVED", (await _host.Execution("one", "update")).Status);
        Assert.Equal("QUEUED", (await _host.Execution("two", "update")).Status);
    }

    [Fact]
    public async Task A_large_fleet_is_found_in_the_background()
    {
        await _host.MakeLargeGroup("all", "dev", 1300);
        await Create("some", "thingGroupNames:all AND NOT thingName:dev0000?");
        await _host.Get<DynamicGroupBuilder>().BuildAll(Ct);
        var count = await _host.Get<Database>().Read(
            session => session.First<long>("SELECT COUNT(*) FROM thing_group_member WHERE group_name = 'some'"), Ct);
        Assert.Equal(1290, count);
        var shown = Ok(await _host.Get<DescribeThingGroup>().Handle(JobsHost.Caller, new DescribeThingGroup.Request { ThingGroupName = "some" }, Ct));
        Assert.Equal("ACTIVE", shown.Status);
        Ok(await _host.Get<DeleteThingGroup>().Handle(JobsHost.Caller, new DeleteThingGroup.Request { ThingGroupName = "all" }, Ct));
        await _host.Get<DynamicGroupBuilder>().BuildAll(Ct);
        Assert.Empty(await Members("some"));
    }

    [Fact]
    public async Task Beyond_ten_groups_the_oldest_dynamic_ones_stay_and_an_override_makes_room()
    {
        await Thing("dev", "1.0");
        for (var i = 0; i < 10; i++)
            await _host.MakeGroup("s" + i);
        for (var i = 0; i < 8; i++)
            await _host.Join("s" + i, "dev");
        foreach (var group in new[] { "d1", "d2", "d3" })
        {
            await Create(group, "attributes.fw:1.0");
            _host.Time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(("dev", "dev", 0), (Assert.Single(await Members("d1")), Assert.Single(await Members("d2")), (await Members("d3")).Count));
        JobsHost.Refused(
            await _host.Get<AddThingToThingGroup>().Handle(JobsHost.Caller, new AddThingToThingGroup.Request { ThingGroupName = "s8", ThingName = "dev" }, Ct),
            "InvalidRequestException", 400, "Thing dev is already in 10 thing groups, the most there may be. Remove it from one first.");
        Ok(await _host.Get<AddThingToThingGroup>().Handle(
            JobsHost.Caller, new AddThingToThingGroup.Request { ThingGroupName = "s8", ThingName = "dev", OverrideDynamicGroups = true }, Ct));
        Assert.Equal((1, 0), ((await Members("d1")).Count, (await Members("d2")).Count));
    }

    [Fact]
    public async Task What_is_for_static_groups_is_refused_and_the_other_way_round()
    {
        await Thing("dev", "1.0");
        await Create("g", "attributes.fw:9");
        await _host.MakeGroup("static");
        async Task Refused<T>(Task<Result<T>> answer, string remedy)
        {
            var error = (await answer).Error;
            Assert.Equal("InvalidRequestException", error?.Code);
            Assert.Contains(remedy, error!.Message, StringComparison.Ordinal);
        }
        await Refused(_host.Get<AddThingToThingGroup>().Handle(JobsHost.Caller, new AddThingToThingGroup.Request { ThingGroupName = "g", ThingName = "dev" }, Ct), "static group");
        await Refused(_host.Get<RemoveThingFromThingGroup>().Handle(JobsHost.Caller, new RemoveThingFromThingGroup.Request { ThingGroupName = "g", ThingName = "dev" }, Ct), "its query decides");
        await Refused(_host.Get<DeleteThingGroup>().Handle(JobsHost.Caller, new DeleteThingGroup.Request { ThingGroupName = "g" }, Ct), "DeleteDynamicThingGroup");
        await Refused(
            _host.Get<UpdateThingGroup>().Handle(JobsHost.Caller, new UpdateThingGroup.Request { ThingGroupName = "g", ThingGroupProperties = new ThingGroupProperties() }, Ct),
            "UpdateDynamicThingGroup");
        await Refused(_host.Get<CreateThingGroup>().Handle(JobsHost.Caller, new CreateThingGroup.Request { ThingGroupName = "child", ParentGroupName = "g" }, Ct), "no child groups");
        await Refused(_host.Get<DeleteDynamicThingGroup>().Handle(JobsHost.Caller, new DeleteDynamicThingGroup.Request { ThingGroupName = "static" }, Ct), "DeleteThingGroup");
        await Refused(Update("static", "*"), "UpdateThingGroup");
        Ok(await _host.Get<CreatePolicy>().Handle(JobsHost.Caller, new CreatePolicy.Request { PolicyName = "p", PolicyDocument = Server.Tests.Things.Registry.Document }, Ct));
        await Refused(
            _host.Get<AttachPolicy>().Handle(JobsHost.Caller, new AttachPolicy.Request { PolicyName = "p", Target = JobsHost.GroupArn("g") }, Ct), "dynamic thing group");
        await Refused(Configure("OFF", "OFF"), "dynamic thing groups");
        Ok(await _host.Get<DeleteDynamicThingGroup>().Handle(JobsHost.Caller, new DeleteDynamicThingGroup.Request { ThingGroupName = "g" }, Ct));
        Ok(await Configure("OFF", "OFF"));
        await Refused(_host.Get<CreateDynamicThingGroup>().Handle(JobsHost.Caller, new CreateDynamicThingGroup.Request { ThingGroupName = "g", QueryString = "*" }, Ct), "fleet indexing");
    }

    [Fact]
    public async Task The_same_group_again_is_no_error_and_another_under_its_name_is()
    {
        var made = await Create("g", "attributes.fw:9");
        Assert.Equal(made.ThingGroupId, (await Create("g", "attributes.fw:9")).ThingGroupId);
        Assert.Equal("ResourceAlreadyExistsException", (await _host.Get<CreateDynamicThingGroup>().Handle(
            JobsHost.Caller, new CreateDynamicThingGroup.Request { ThingGroupName = "g", QueryString = "attributes.fw:8" }, Ct)).Error?.Code);
        Assert.Equal("InvalidQueryException", (await Update("g", "colour:red")).Error?.Code);
        Assert.Equal("InvalidQueryException", (await Update("g", "thingName:a OR NOT registry.version>3")).Error?.Code);
        Assert.Equal("VersionConflictException", (await Update("g", "attributes.fw:7", expectedVersion: 5)).Error?.Code);
        Assert.Equal("ResourceNotFoundException", (await Update("nothing", "*")).Error?.Code);
    }

    private static T Ok<T>(Result<T> result) => JobsHost.Ok(result);

    private async Task Index(string connectivity) => Ok(await Configure("REGISTRY", connectivity));

    private Task<Result<Nothing>> Configure(string things, string connectivity) => _host.Get<UpdateIndexingConfiguration>().Handle(JobsHost.Caller, new UpdateIndexingConfiguration.Request
    {
        ThingIndexingConfiguration = new ThingIndexingConfiguration { ThingIndexingMode = things, ThingConnectivityIndexingMode = connectivity },
    }, Ct);

    private async Task Thing(string name, string firmware) => Ok(await _host.Get<CreateThing>().Handle(
        JobsHost.Caller, new CreateThing.Request { ThingName = name, AttributePayload = Firmware(firmware) }, Ct));

    private async Task SetFirmware(string name, string firmware) => Ok(await _host.Get<UpdateThing>().Handle(
        JobsHost.Caller, new UpdateThing.Request { ThingName = name, AttributePayload = Firmware(firmware) }, Ct));

    private static AttributePayload Firmware(string version) => new() { Attributes = new Dictionary<string, string> { ["fw"] = version } };

    private async Task<CreateDynamicThingGroup.Response> Create(string group, string query) => Ok(await _host.Get<CreateDynamicThingGroup>().Handle(
        JobsHost.Caller, new CreateDynamicThingGroup.Request { ThingGroupName = group, QueryString = query }, Ct));

    private Task<Result<UpdateDynamicThingGroup.Response>> Update(string group, string query, long? expectedVersion = null) => _host.Get<UpdateDynamicThingGroup>().Handle(
        JobsHost.Caller,
        new UpdateDynamicThingGroup.Request { ThingGroupName = group, QueryString = query, ThingGroupProperties = new ThingGroupProperties(), ExpectedVersion = expectedVersion },
        Ct);

    private async Task<IReadOnlyList<string>> Members(string group) =>
        Ok(await _host.Get<ListThingsInThingGroup>().Handle(JobsHost.Caller, new ListThingsInThingGroup.Request { ThingGroupName = group }, Ct)).Things;

    private async Task Seen(string thing, bool connected)
    {
        _host.Get<ConnectionFeed>().Tell(new ClientConnection(JobsHost.Caller.Account, thing, connected, _host.Time.GetUtcNow(), connected ? null : "CONNECTION_LOST"));
        await _host.Get<ConnectivityKeeper>().WriteWaiting(Ct);
    }
}
