using Godwit.Server.Jobs;

namespace Godwit.Server.Tests.Jobs;

public sealed class ContinuousJobTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task It_reaches_things_added_later_also_below_its_group_and_never_completes()
    {
        await Start("a");
        await _host.Report("a", "c", "SUCCEEDED");
        await _host.Run();
        Assert.Equal("IN_PROGRESS", (await _host.Job("c")).Status);
        JobsHost.Ok(await _host.Get<Server.Things.CreateThingGroup>().Handle(JobsHost.Caller, new() { ThingGroupName = "below", ParentGroupName = "g" }, JobsHost.Ct));
        await _host.MakeThings("late");
        await _host.Join("below", "late");
        Assert.Equal("QUEUED", (await _host.Execution("late", "c")).Status);
        await _host.Counts("c");
    }

    [Fact]
    public async Task A_thing_that_leaves_loses_what_it_has_not_begun()
    {
        await Start("queued", "running", "done");
        await _host.Report("running", "c", "IN_PROGRESS");
        await _host.Report("done", "c", "SUCCEEDED");
        foreach (var thing in (string[])["queued", "running", "done"])
            await _host.Leave("g", thing);
        Assert.Equal(["REMOVED", "IN_PROGRESS", "SUCCEEDED"], await Task.WhenAll(((string[])["queued", "running", "done"]).Select(async thing => (await _host.Execution(thing, "c")).Status)));
        await _host.Report("running", "c", "SUCCEEDED");
        await _host.Counts("c");
    }

    [Fact]
    public async Task A_thing_that_joins_again_gets_a_new_execution_if_the_last_is_over()
    {
        await Start("done", "running");
        await _host.Report("done", "c", "SUCCEEDED");
        await _host.Report("running", "c", "IN_PROGRESS");
        foreach (var thing in (string[])["done", "running"])
        {
            await _host.Leave("g", thing);
            await _host.Join("g", thing);
        }
        Assert.Equal((2L, "QUEUED"), ((await _host.Execution("done", "c")).ExecutionNumber, (await _host.Execution("done", "c")).Status));
        Assert.Equal((1L, "IN_PROGRESS"), ((await _host.Execution("running", "c")).ExecutionNumber, (await _host.Execution("running", "c")).Status));
        await _host.Join("g", "done");
        Assert.Equal(2, (await _host.Execution("done", "c")).ExecutionNumber);
        Assert.Equal(1, (await _host.Counts("c")).NumberOfSucceededThings);
    }

    [Fact]
    public async Task A_thing_that_another_target_still_has_stays()
    {
        await _host.MakeThings("a");
        await _host.MakeGroup("g", "a");
        await _host.MakeGroup("h", "a");
        await _host.Create("c", [JobsHost.GroupArn("g"), JobsHost.GroupArn("h")], request => request with { TargetSelection = "CONTINUOUS" });
        await _host.Leave("g", "a");
        Assert.Equal("QUEUED", (await _host.Execution("a", "c")).Status);
        await _host.Leave("h", "a");
        Assert.Equal("REMOVED", (await _host.Execution("a", "c")).Status);
    }

    [Fact]
    public async Task A_deleted_thing_and_a_deleted_group_take_their_executions_along()
    {
        await Start("a", "b");
        await _host.Report("a", "c", "IN_PROGRESS");
        JobsHost.Ok(await _host.Get<Server.Things.DeleteThing>().Handle(JobsHost.Caller, new() { ThingName = "a" }, JobsHost.Ct));
        JobsHost.Ok(await _host.Get<Server.Things.DeleteThingGroup>().Handle(JobsHost.Caller, new() { ThingGroupName = "g" }, JobsHost.Ct));
        Assert.Equal(2, (await _host.Counts("c")).NumberOfRemovedThings);
    }

    [Fact]
    public async Task More_targets_join_the_rollout()
    {
        await Start("a");
        await _host.MakeThings("x");
        await _host.MakeGroup("more", "a", "x");
        JobsHost.Ok(await _host.Get<AssociateTargetsWithJob>().Handle(JobsHost.Caller, new() { JobId = "c", Targets = [JobsHost.GroupArn("more")] }, JobsHost.Ct));
        await _host.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("QUEUED", (await _host.Execution("x", "c")).Status);
        Assert.Equal(2, (await _host.Counts("c")).NumberOfQueuedThings);
        await _host.Create("s", [JobsHost.ThingArn("a")]);
        Assert.Equal("InvalidRequestException", (await _host.Get<AssociateTargetsWithJob>().Handle(JobsHost.Caller, new() { JobId = "s", Targets = [JobsHost.GroupArn("more")] }, JobsHost.Ct)).Error?.Code);
    }

    private async Task Start(params string[] things)
    {
        await _host.MakeThings(things);
        await _host.MakeGroup("g", things);
        await _host.Create("c", [JobsHost.GroupArn("g")], request => request with { TargetSelection = "CONTINUOUS" });
    }
}
