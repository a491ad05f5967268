using Godwit.Core.Journal;
using Godwit.Server.OtaUpdates;
using Godwit.Server.OtaUpdates.Versions;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.OtaUpdates;

public sealed class VersionEvidenceTests : OtaUpdateTests
{
    private VersionKeeper Keeper => Server.Get<VersionKeeper>();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        // Only the tests fold.
        await Keeper.StopAsync(Ct);
        foreach (var version in new[] { "1.1.0", "1.2.0" })
            await CreateAndFinish(Request("v" + version.Replace('.', '-')) with { Files = [File() with { FileVersion = version }] });
    }

    [Fact]
    public async Task A_success_is_a_claim_until_something_shows_the_version()
    {
        await Succeed("1.1.0", null);
        Assert.Equal(("1.1.0", "CLAIMED"), await Seen());
        Assert.Equal((1, 0), await Total("1.1.0"));
        await SetAttribute("firmwareVersion", "1.1.0");
        Assert.Equal(("1.1.0", "VERIFIED"), await Seen());
        Assert.Equal((1, 1), await Total("1.1.0"));
        Assert.Equal(0, (await Doubts()).Count);
    }

    [Fact]
    public async Task The_devices_own_word_counts_at_once()
    {
        await Succeed("1.1.0", "accepted  v1.1.0");
        Assert.Equal(("1.1.0", "VERIFIED"), await Seen());
        await Succeed("1.2.0", "accepted  v1.1.0");
        Assert.Equal(("1.2.0", "CONTRADICTED"), await Seen());
        var doubt = Assert.Single((await Doubts()).Things);
        Assert.Equal(("dev7", "1.2.0", "1.1.0"), (doubt.ThingName, doubt.Claimed, doubt.Reported));
        Assert.Equal((0, 0), await Total("1.1.0"));
        Assert.Equal((1, 0), await Total("1.2.0"));
    }

    [Fact]
    public async Task A_registry_that_is_told_another_version_later_contradicts_and_can_take_it_back()
    {
        await Succeed("1.1.0", "accepted  v1.1.0");
        await SetAttribute("firmwareVersion", "1.0.0");
        Assert.Equal(("1.1.0", "CONTRADICTED"), await Seen());
        Assert.Equal((1, 0), await Total("1.1.0"));
        // Another attribute tells nothing of versions.
        await SetAttribute("site", "roof");
        Assert.Equal(1, (await Doubts()).Count);
        await SetAttribute("firmwareVersion", "1.1.0");
        Assert.Equal(("1.1.0", "VERIFIED"), await Seen());
        Assert.Equal(0, (await Doubts()).Count);
    }

    [Fact]
    public async Task An_attribute_of_before_the_update_has_an_hour_to_follow()
    {
        await SetAttribute("firmwareVersion", "1.0.0");
        await Succeed("1.1.0", null);
        Assert.Equal(("1.1.0", "CLAIMED"), await Seen());
        Assert.Equal(0, (await Doubts()).Count);
        var later = new ListVersionDoubts(Server.Get<Database>(), new LaterClock(TimeSpan.FromMinutes(61)));
        Assert.Equal(1, (await later.Handle(TestObjects.Caller, new(null), Ct)).Value.Count);
        Assert.Equal("CONTRADICTED", (await later.Handle(TestObjects.Caller, new("dev7"), Ct)).Value.Things[0].Evidence);
    }

    [Fact]
    public async Task A_deleted_thing_leaves_nothing_behind()
    {
        await Succeed("1.1.0", "accepted v1.0.0");
        await Record(new Fact(TestObjects.Caller.Account, "arn", "DeleteThing", "thing/dev7", null, null, Thing: "dev7"));
        await Fold();
        Assert.Equal((0, 0), await Total("1.1.0"));
        Assert.Empty((await Server.Get<ListVersionDoubts>().Handle(TestObjects.Caller, new("dev7"), Ct)).Value.Things);
        Assert.Equal(0, (await Doubts()).Count);
    }

    private async Task Succeed(string version, string? reason)
    {
        var job = (await Get("v" + version.Replace('.', '-')))!.AwsIotJobId!;
        await Record(new Fact(TestObjects.Caller.Account, "arn", "UpdateJobExecution", "execution", "IN_PROGRESS", "SUCCEEDED", reason, "dev7", job));
        await Fold();
    }

    private Task Record(Fact fact) => Server.Get<Database>().Write(
        session =>
        {
            session.Record(fact);
            return true;
        },
        Ct);

    private async Task SetAttribute(string name, string value)
    {
        await Server.Get<UpdateThing>().Handle(
            TestObjects.Caller, new UpdateThing.Request { ThingName = "dev7", AttributePayload = new AttributePayload { Attributes = new Dictionary<string, string> { [name] = value }, Merge = true } }, Ct);
        await Fold();
    }

    private async Task Fold()
    {
        while (await Keeper.Fold(Ct))
            Ct.ThrowIfCancellationRequested();
    }

    private async Task<(string Claimed, string Evidence)> Seen()
    {
        var device = (await Server.Get<ListVersionDoubts>().Handle(TestObjects.Caller, new("dev7"), Ct)).Value.Things.Single();
        return (device.Claimed, device.Evidence);
    }

    private async Task<ListVersionDoubts.Response> Doubts() => (await Server.Get<ListVersionDoubts>().Handle(TestObjects.Caller, new(null), Ct)).Value;

    private async Task<(long Things, long Verified)> Total(string version)
    {
        var series = (await Server.Get<ListFleetVersions>().Handle(TestObjects.Caller, new(15), Ct)).Value.Versions.SingleOrDefault(one => one.Version == version);
        return (series?.Things ?? 0, series?.Verified ?? 0);
    }

    private sealed class LaterClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
