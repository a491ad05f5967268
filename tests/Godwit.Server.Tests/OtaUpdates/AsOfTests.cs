using Godwit.Core.Journal;
using Godwit.Server.Jobs;
using Godwit.Server.Journal;
using Godwit.Server.OtaUpdates;
using Godwit.Server.OtaUpdates.Versions;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.OtaUpdates;

/// <summary>Pages as of a moment: what stood there then, from the journal.</summary>
public sealed class AsOfTests : OtaUpdateTests
{
    [Fact]
    public async Task Updates_of_a_moment_are_those_that_were_there_also_if_they_are_gone_now()
    {
        var before = Moment();
        await CreateAndFinish(Request("one") with { Description = "the first" });
        var one = Moment();
        await CreateAndFinish(Request("two"));
        await Server.Get<CancelJob>().Handle(TestObjects.Caller, new CancelJob.Request { JobId = "AFR_OTA-one" }, Ct);
        var both = Moment();
        Assert.True((await Server.Get<DeleteOtaUpdate>().Handle(TestObjects.Caller, new DeleteOtaUpdate.Request { OtaUpdateId = "one" }, Ct)).IsOk);
        Assert.Null(await Finished("one"));
        var gone = Moment();
        // The same id again is another life.
        await CreateAndFinish(Request("one"));

        Assert.Empty((await List(before)).OtaUpdates);
        var then = Assert.Single((await List(one)).OtaUpdates);
        Assert.Equal(("one", "IN_PROGRESS"), (then.OtaUpdateId, then.Job?.Status));
        Assert.NotNull(then.DeletedAt);
        Assert.Equal([("two", "IN_PROGRESS", false), ("one", "CANCELED", true)], (await List(both)).OtaUpdates.Select(row => (row.OtaUpdateId, row.Job!.Status, row.DeletedAt is not null)));
        Assert.Equal(["two"], (await List(gone)).OtaUpdates.Select(row => row.OtaUpdateId));
        Assert.Equal(["one", "two"], (await List(DateTimeOffset.UtcNow)).OtaUpdates.Select(row => row.OtaUpdateId));

        var first = await List(both, 1);
        Assert.Equal(["two"], first.OtaUpdates.Select(row => row.OtaUpdateId));
        Assert.Equal(["one"], (await List(both, 1, first.NextToken)).OtaUpdates.Select(row => row.OtaUpdateId));
        Assert.Equal("InvalidRequestException", (await Server.Get<ListOtaUpdatesAsOf>().Handle(TestObjects.Caller, new(both, 51, null), Ct)).Error?.Code);
        Assert.Equal("InvalidRequestException", (await Server.Get<ListOtaUpdatesAsOf>().Handle(TestObjects.Caller, new(both, null, "nothing"), Ct)).Error?.Code);
    }

    [Fact]
    public async Task A_device_of_a_moment_is_what_its_records_tell()
    {
        await Server.Get<CreateThing>().Handle(TestObjects.Caller, new CreateThing.Request { ThingName = "pump", AttributePayload = Attributes("1.0.0") }, Ct);
        var made = Moment();
        await CreateAndFinish(Request("v11") with { Files = [File() with { FileVersion = "1.1.0" }] });
        await Record("QUEUED", null);
        await Record("IN_PROGRESS", "receive 1/9");
        var running = Moment();
        await Record("SUCCEEDED", "accepted v1.1.0");
        await Server.Get<UpdateThing>().Handle(TestObjects.Caller, new UpdateThing.Request { ThingName = "pump", AttributePayload = Attributes("1.1.0") }, Ct);
        var done = Moment();
        await Server.Get<DeleteThing>().Handle(TestObjects.Caller, new DeleteThing.Request { ThingName = "pump" }, Ct);
        var gone = Moment();

        Assert.Equal("ResourceNotFoundException", (await Server.Get<DescribeThingAsOf>().Handle(TestObjects.Caller, new("pump", made.AddDays(-1)), Ct)).Error?.Code);
        Assert.Equal((true, "1.0.0", null, ""), Told(await Describe(made)));
        Assert.Equal((true, "1.0.0", null, "AFR_OTA-v11 IN_PROGRESS receive 1/9"), Told(await Describe(running)));
        Assert.Equal((true, "1.1.0", "1.1.0", "AFR_OTA-v11 SUCCEEDED accepted v1.1.0"), Told(await Describe(done)));
        Assert.Equal((false, null, "1.1.0", "AFR_OTA-v11 SUCCEEDED accepted v1.1.0"), Told(await Describe(gone)));

        static (bool, string?, string?, string) Told(DescribeThingAsOf.Response device) => (
            device.Registered, device.Attributes.GetValueOrDefault("fw"), device.Version?.Version, string.Join("; ", device.Jobs.Select(job => $"{job.JobId} {job.Status} {job.Reason}")));
    }

    [Fact]
    public async Task Devices_of_a_moment_are_counted_the_same_before_and_after_the_journal_is_summed_up()
    {
        var moments = new List<(DateTimeOffset At, long Things)>();
        long things = 2;
        await Server.Get<CreateThing>().Handle(TestObjects.Caller, new CreateThing.Request { ThingName = "dev8" }, Ct);
        for (var round = 0; round < 5; round++)
        {
            // Others' records lie between, so that the journal has full stretches.
            await Server.Get<Database>().Write(
                session =>
                {
                    for (var i = 0; i < 2500; i++)
                        session.Record(new Fact(TestObjects.Caller.Account, "arn", "Noise", $"x{i}", null, null));
                    return 0;
                },
                Ct);
            await Server.Get<CreateThing>().Handle(TestObjects.Caller, new CreateThing.Request { ThingName = $"new{round}" }, Ct);
            things++;
            moments.Add((Moment(), things));
            if (round % 2 == 1)
            {
                await Server.Get<DeleteThing>().Handle(TestObjects.Caller, new DeleteThing.Request { ThingName = $"new{round}" }, Ct);
                things--;
                moments.Add((Moment(), things));
            }
        }
        var stretches = Server.Get<JournalStretches>();
        await stretches.StopAsync(Ct);
        await Check();
        while (await stretches.Fold(Ct))
            Ct.ThrowIfCancellationRequested();
        Assert.True(await Server.Get<Database>().Read(JournalStretches.Folded, Ct) >= 3);
        await Check();

        async Task Check()
        {
            foreach (var (at, count) in moments)
                Assert.Equal((count, null), (await Server.Get<DescribeFleet>().Handle(TestObjects.Caller, new(at), Ct)).Value is var then ? (then.Things, then.Connected) : default);
        }
    }

    [Fact]
    public async Task Versions_of_a_moment_end_there_and_are_claims()
    {
        var keeper = Server.Get<VersionKeeper>();
        await keeper.StopAsync(Ct);
        await CreateAndFinish(Request("v11") with { Files = [File() with { FileVersion = "1.1.0" }] });
        await Record("SUCCEEDED", "accepted v1.1.0", "dev7");
        while (await keeper.Fold(Ct))
            Ct.ThrowIfCancellationRequested();
        var now = await Versions(null);
        Assert.Equal(("1.1.0", 1L, 1L), (now.Version, now.Things, now.Verified));
        var same = await Versions(Moment());
        Assert.Equal(("1.1.0", 1L, null), (same.Version, same.Things, same.Verified));
        Assert.Empty((await Server.Get<ListFleetVersions>().Handle(TestObjects.Caller, new(15, DateTimeOffset.UtcNow.AddMinutes(-3)), Ct)).Value.Versions);

        async Task<ListFleetVersions.Series> Versions(DateTimeOffset? asOf) => Assert.Single((await Server.Get<ListFleetVersions>().Handle(TestObjects.Caller, new(15, asOf), Ct)).Value.Versions);
    }

    private static AttributePayload Attributes(string version) => new() { Attributes = new Dictionary<string, string> { ["fw"] = version } };

    /// <summary>Now, and whatever comes after this comes at a later millisecond.</summary>
    private static DateTimeOffset Moment()
    {
        var now = DateTimeOffset.UtcNow;
        SpinWait.SpinUntil(() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() > now.ToUnixTimeMilliseconds());
        return now;
    }

    private Task Record(string state, string? why, string thing = "pump") => Server.Get<Database>().Write(
        session =>
        {
            session.Record(new Fact(TestObjects.Caller.Account, "arn", "UpdateJobExecution", "execution", null, state, why, thing, "AFR_OTA-v11"));
            return 0;
        },
        Ct);

    private async Task<ListOtaUpdatesAsOf.Response> List(DateTimeOffset asOf, int? size = null, string? token = null) =>
        (await Server.Get<ListOtaUpdatesAsOf>().Handle(TestObjects.Caller, new(asOf, size, token), Ct)).Value;

    private async Task<DescribeThingAsOf.Response> Describe(DateTimeOffset asOf) => (await Server.Get<DescribeThingAsOf>().Handle(TestObjects.Caller, new("pump", asOf), Ct)).Value;
}
