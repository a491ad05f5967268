using Godwit.Core.Jobs;
using Godwit.Server.Jobs;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.Jobs;

public sealed class JobControlTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_stage_waits_for_its_successes_however_much_time_passes()
    {
        var things = await Start(20, new() { Stages = [5, 50, 100], StageSuccess = 90 });
        await Reached(1);
        await _host.Report("t00", "job", "FAILED");
        await Reached(1);

        // Another job: the canary succeeds, and then nine of ten.
        await _host.Create("two", [.. things.Select(JobsHost.ThingArn)], request => request with { Controls = new() { Stages = [5, 50, 100], StageSuccess = 90 } });
        await _host.Report("t00", "two", "SUCCEEDED");
        await Reached(10, "two");
        for (var i = 1; i < 8; i++)
            await _host.Report($"t{i:00}", "two", "SUCCEEDED");
        await _host.Report("t08", "two", "FAILED");
        await Reached(10, "two");
        await _host.Report("t09", "two", "SUCCEEDED");
        await Reached(20, "two");
    }

    [Fact]
    public async Task No_more_than_the_cap_are_in_flight_and_each_ending_lets_one_in()
    {
        await Start(6, new() { MaxInFlight = 2 });
        await Reached(2);
        await _host.Report("t00", "job", "IN_PROGRESS");
        await Reached(2);
        await _host.Report("t00", "job", "SUCCEEDED");
        await Reached(3);
        await _host.Report("t01", "job", "FAILED");
        await _host.Report("t02", "job", "REJECTED");
        await Reached(5);
        Assert.Equal(2, (await _host.Counts("job")).NumberOfQueuedThings);
    }

    /// <summary>Simulation, seed 233: nobody was in flight whose ending could have woken the runner.</summary>
    [Fact]
    public async Task A_cap_does_not_hold_a_rollout_whose_next_thing_is_gone()
    {
        await Start(6, new() { MaxInFlight = 1 });
        await Reached(1);
        JobsHost.Ok(await _host.Get<DeleteThing>().Handle(JobsHost.Caller, new DeleteThing.Request { ThingName = "t01" }, JobsHost.Ct));
        await _host.Report("t00", "job", "SUCCEEDED");
        await Reached(2);
        Assert.Equal("QUEUED", (await _host.Execution("t02", "job")).Status);
    }

    /// <summary>Simulation, seed 138: of fewer things the first stage had enough, and nobody said so.</summary>
    [Fact]
    public async Task A_stage_that_has_enough_because_things_left_opens_the_next()
    {
        var things = Enumerable.Range(0, 24).Select(i => $"t{i:00}").ToArray();
        await _host.MakeThings(things);
        await _host.MakeGroup("g", things[..10]);
        await _host.MakeGroup("h", things[10..]);
        await _host.Create("job", [JobsHost.GroupArn("g"), JobsHost.GroupArn("h")], request => request with
        {
            TargetSelection = "CONTINUOUS", Controls = new() { Stages = [5, 100], StageSuccess = 100 },
        });
        await Reached(2);
        await _host.Report("t00", "job", "SUCCEEDED");
        await _host.Report("t01", "job", "FAILED");
        await Reached(2);
        JobsHost.Ok(await _host.Get<DeleteThingGroup>().Handle(JobsHost.Caller, new DeleteThingGroup.Request { ThingGroupName = "h" }, JobsHost.Ct));
        await Reached(10);
    }

    [Fact]
    public async Task What_nobody_begins_times_out_and_what_is_begun_does_not()
    {
        await Start(2, new() { QueuedTimeoutMinutes = 10 });
        await _host.Advance(TimeSpan.FromMinutes(9));
        await _host.Report("t00", "job", "IN_PROGRESS");
        Assert.Null((await _host.Execution("t01", "job")).ApproximateSecondsBeforeTimedOut);
        await _host.Advance(TimeSpan.FromMinutes(1));
        await _host.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(("IN_PROGRESS", "TIMED_OUT"), ((await _host.Execution("t00", "job")).Status, (await _host.Execution("t01", "job")).Status));
        await _host.Counts("job");
    }

    [Fact]
    public async Task Late_joiners_wait_for_the_rate_when_told_to()
    {
        await _host.MakeThings("a", "b", "c");
        await _host.MakeGroup("g", "a");
        await _host.Create(
            "job", [JobsHost.GroupArn("g")],
            request => request with { TargetSelection = "CONTINUOUS", JobExecutionsRolloutConfig = new() { MaximumPerMinute = 1 }, Controls = new() { LateJoinersAtRate = true } });
        await _host.Join("g", "b");
        await _host.Join("g", "c");
        await _host.Run();
        Assert.Equal(1, (await _host.Counts("job")).NumberOfQueuedThings);
        await _host.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, (await _host.Counts("job")).NumberOfQueuedThings);
        await _host.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, (await _host.Counts("job")).NumberOfQueuedThings);
    }

    private async Task<string[]> Start(int count, JobControls controls)
    {
        var things = Enumerable.Range(0, count).Select(i => $"t{i:00}").ToArray();
        await _host.MakeThings(things);
        await _host.Create("job", [.. things.Select(JobsHost.ThingArn)], request => request with { Controls = controls });
        return things;
    }

    /// <summary>Gives the rate all the time it could want, and asserts how many things have the job then.</summary>
    private async Task Reached(int count, string jobId = "job")
    {
        for (var second = 0; second < 5; second++)
            await _host.Advance(TimeSpan.FromSeconds(2));
        var counts = await _host.Counts(jobId);
        Assert.Equal(count, counts.NumberOfQueuedThings + counts.NumberOfInProgressThings + counts.NumberOfSucceededThings + counts.NumberOfFailedThings + counts.NumberOfRejectedThings);
    }
}
