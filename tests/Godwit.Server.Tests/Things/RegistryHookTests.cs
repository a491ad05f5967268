using Godwit.Core;
using Godwit.Server.Storage;
using Godwit.Server.Things;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Server.Tests.Things;

/// <summary>What jobs and the device door hear of the registry, and when.</summary>
public sealed class RegistryHookTests : IAsyncDisposable
{
    private readonly string _folder = TestStorage.Prepare(Directory.CreateTempSubdirectory("godwit-hooks-").FullName);
    private readonly Database _database;
    private readonly RegistryHooks _hooks;
    private readonly List<string> _heard = [];
    private ServiceError? _refusal;

    public RegistryHookTests()
    {
        _database = Database.Open(TestStorage.DialectOf(_folder), TimeProvider.System, NullLogger<Database>.Instance);
        _hooks = new RegistryHooks([new RegistryHook
        {
            Joined = (session, caller, group, thing) => _heard.Add($"{thing} joined {group}, {Members(session, group)} there"),
            Left = (session, caller, group, thing) => _heard.Add($"{thing} left {group}, {Members(session, group)} there"),
            ThingChanged = (_, _, thing) => _heard.Add($"{thing} changed"),
            KeepsThing = (_, _, _) => _refusal,
            ThingDeleted = (session, _, thing) => _heard.Add($"{thing} deleted, still in {string.Join(' ', session.Query<string>(Membership.GroupsOfThingSql, new { account = "000000000000", thing }))}"),
            GroupDeleted = (session, caller, group) => _heard.Add($"{group} deleted, {Members(session, group)} there"),
        }]);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Joins_and_leaves_are_heard_once_and_a_repeat_is_no_event()
    {
        await Prepare();
        var add = new AddThingToThingGroup(_database, _hooks);
        var remove = new RemoveThingFromThingGroup(_database, _hooks);
        for (var twice = 0; twice < 2; twice++)
            Assert.True((await add.Handle(Registry.Anna, new() { ThingName = "dev7", ThingGroupName = "line" }, Ct)).IsOk);
        for (var twice = 0; twice < 2; twice++)
            Assert.True((await remove.Handle(Registry.Anna, new() { ThingName = "dev7", ThingGroupName = "line" }, Ct)).IsOk);
        Assert.Equal(["dev7 joined line, 1 there", "dev7 left line, 0 there"], _heard);
    }

    [Fact]
    public async Task What_goes_can_still_be_read_while_its_end_is_heard()
    {
        await Prepare();
        await new CreateThing(_database, new SystemRandomSource(), _hooks).Handle(Registry.Anna, new() { ThingName = "dev8" }, Ct);
        var add = new AddThingToThingGroup(_database, _hooks);
        foreach (var thing in (string[])["dev7", "dev8"])
            await add.Handle(Registry.Anna, new() { ThingName = thing, ThingGroupName = "line" }, Ct);
        _heard.Clear();
        await new DeleteThing(_database, _hooks).Handle(Registry.Anna, new() { ThingName = "dev7" }, Ct);
        await new DeleteThingGroup(_database, _hooks).Handle(Registry.Anna, new() { ThingGroupName = "line" }, Ct);
        Assert.Equal(["dev7 deleted, still in line", "line deleted, 1 there"], _heard);
        Assert.Equal(0, await _database.Read(s => s.First<long>("SELECT COUNT(*) FROM thing_group_member"), Ct));
        Assert.Equal(0, await _database.Read(s => s.First<long>("SELECT COUNT(*) FROM thing_group_closure"), Ct));
    }

    [Fact]
    public async Task A_hook_that_keeps_a_thing_keeps_it_whole()
    {
        await Prepare();
        _refusal = Errors.InvalidRequest("needed");
        var refused = await new DeleteThing(_database, _hooks).Handle(Registry.Anna, new() { ThingName = "dev7" }, Ct);
        Assert.Equal("needed", refused.Error!.Message);
        Assert.Empty(_heard);
        Assert.True(await _database.Read(s => Membership.ThingExists(s, "000000000000", "dev7"), Ct));
    }

    [Fact]
    public async Task A_change_that_changes_nothing_is_not_heard()
    {
        await Prepare();
        var update = new UpdateThing(_database, _hooks);
        await update.Handle(Registry.Anna, new() { ThingName = "dev7" }, Ct);
        Assert.Empty(_heard);
        await update.Handle(Registry.Anna, new() { ThingName = "dev7", AttributePayload = Registry.Payload(new() { ["a"] = "1" }) }, Ct);
        Assert.Equal(["dev7 changed"], _heard);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        TestStorage.Drop(_folder);
    }

    private static int Members(ReadSession session, string group) =>
        session.Query<string>(Membership.ThingsOfGroupSql, new { account = "000000000000", group }).Count;

    private async Task Prepare()
    {
        var random = new SystemRandomSource();
        Assert.True((await new CreateThing(_database, random, _hooks).Handle(Registry.Anna, new() { ThingName = "dev7" }, Ct)).IsOk);
        Assert.True((await new CreateThingGroup(_database, random, _hooks).Handle(Registry.Anna, new() { ThingGroupName = "line" }, Ct)).IsOk);
    }
}
