using Godwit.Core.Jobs;
using Godwit.Server.Jobs;

namespace Godwit.Server.Tests.Jobs;

/// <summary>Times here are minutes after <see cref="JobsHost.Start"/>, which is 2027-01-15 08:00 UTC, a Friday.</summary>
public sealed class JobScheduleTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_job_waits_for_its_start_and_begins_on_the_second()
    {
        await Create("job", new() { StartTime = Text(60) });
        Assert.Equal("SCHEDULED", (await _host.Job("job")).Status);
        await _host.Advance(TimeSpan.FromMinutes(60) - TimeSpan.FromMilliseconds(1));
        Assert.Equal("SCHEDULED", (await _host.Job("job")).Status);
        await _host.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(("IN_PROGRESS", 1L), ((await _host.Job("job")).Status, (await _host.Counts("job")).NumberOfQueuedThings));
        await _host.Report("dev7", "job", "SUCCEEDED");
        await _host.Run();
        Assert.Equal("COMPLETED", (await _host.Job("job")).Status);
    }

    [Fact]
    public async Task A_scheduled_job_can_be_canceled_and_never_begins()
    {
        await Create("job", new() { StartTime = Text(60) });
        JobsHost.Ok(await _host.Get<CancelJob>().Handle(JobsHost.Caller, new() { JobId = "job" }, JobsHost.Ct));
        await _host.Advance(TimeSpan.FromHours(2));
        Assert.Equal(("CANCELED", 0L), ((await _host.Job("job")).Status, (await _host.Counts("job")).NumberOfQueuedThings));
    }

    [Theory]
    [InlineData(null, "QUEUED", "IN_PROGRESS", "IN_PROGRESS")]
    [InlineData("STOP_ROLLOUT", "QUEUED", "IN_PROGRESS", "IN_PROGRESS")]
    [InlineData("CANCEL", "CANCELED", "IN_PROGRESS", "CANCELED")]
    [InlineData("FORCE_CANCEL", "CANCELED", "CANCELED", "CANCELED")]
    public async Task At_its_end_a_job_does_what_it_was_told(string? behavior, string queued, string running, string job)
    {
        await _host.MakeThings("waits", "runs", "never");
        await _host.Create(
            "job", [JobsHost.ThingArn("waits"), JobsHost.ThingArn("runs"), JobsHost.ThingArn("never")],
            request => request with { SchedulingConfig = new() { EndTime = Text(40), EndBehavior = behavior }, JobExecutionsRolloutConfig = new() { MaximumPerMinute = 1 } });
        await _host.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, (await _host.Counts("job")).NumberOfQueuedThings);
        await _host.Report("runs", "job", "IN_PROGRESS");
        // The clock leaps over the end: the third must not start any more.
        await _host.Advance(TimeSpan.FromMinutes(50));
        Assert.Equal((queued, running, job), ((await _host.Execution("waits", "job")).Status, (await _host.Execution("runs", "job")).Status, (await _host.Job("job")).Status));
        Assert.Equal(behavior ?? "STOP_ROLLOUT", (await _host.Job("job")).SchedulingConfig!.EndBehavior);
        var counts = await _host.Counts("job");
        Assert.Equal(2, counts.NumberOfQueuedThings + counts.NumberOfInProgressThings + counts.NumberOfCanceledThings);
        if (job != "IN_PROGRESS")
            return;
        await _host.Report("waits", "job", "SUCCEEDED");
        await _host.Report("runs", "job", "SUCCEEDED");
        await _host.Run();
        Assert.Equal("COMPLETED", (await _host.Job("job")).Status);
    }

    [Fact]
    public async Task A_window_lets_in_what_waits_and_what_joins_and_nothing_outside_it()
    {
        await _host.MakeThings("dev7", "dev8", "dev9");
        await _host.MakeGroup("g", "dev7");
        await _host.Create(
            "job", [JobsHost.GroupArn("g")],
            request => request with
            {
                TargetSelection = "CONTINUOUS",
                SchedulingConfig = new() { MaintenanceWindows = [new() { StartTime = "cron(0 10 ? * * *)", DurationInMinutes = 30 }], EndTime = Text(60 * 24 * 3) },
            });
        Assert.Equal(0, (await _host.Counts("job")).NumberOfQueuedThings);
        Assert.Equal(
            ["2027-01-15T10:00", "2027-01-16T10:00", "2027-01-17T10:00"], (await _host.Job("job")).ScheduledJobRollouts!.Select(rollout => rollout.StartTime));
        await _host.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, (await _host.Counts("job")).NumberOfQueuedThings);
        await _host.Join("g", "dev8");
        Assert.Equal("QUEUED", (await _host.Execution("dev8", "job")).Status);

        await _host.Advance(TimeSpan.FromMinutes(31));
        await _host.Join("g", "dev9");
        await _host.Run();
        Assert.Equal(2, (await _host.Counts("job")).NumberOfQueuedThings);
        await _host.Advance(TimeSpan.FromHours(23.5));
        Assert.Equal("QUEUED", (await _host.Execution("dev9", "job")).Status);

        // After the end nothing joins any more, and the job itself goes on: it is continuous.
        await _host.Advance(TimeSpan.FromDays(3));
        await _host.MakeThings("late");
        await _host.Join("g", "late");
        await _host.Run();
        Assert.Equal((3L, "IN_PROGRESS"), ((await _host.Counts("job")).NumberOfQueuedThings, (await _host.Job("job")).Status));
    }

    [Fact]
    public async Task Whoever_leaves_before_the_window_is_not_reached()
    {
        await _host.MakeThings("dev7");
        await _host.MakeGroup("g");
        await _host.Create(
            "job", [JobsHost.GroupArn("g")],
            request => request with { TargetSelection = "CONTINUOUS", SchedulingConfig = new() { StartTime = Text(60) } });
        await _host.Join("g", "dev7");
        await _host.Leave("g", "dev7");
        await _host.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, (await _host.Counts("job")).NumberOfQueuedThings);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        await _host.MakeThings("dev7");
        await Refused(
            new() { MaintenanceWindows = [new() { StartTime = "cron(0 10 ? * * *)", DurationInMinutes = 30 }] },
            "TargetSelection is invalid. MaintenanceWindow cannot be used with SNAPSHOT job.");
        await Refused(new() { EndBehavior = "CANCEL" }, "endBehavior CANCEL is given without endTime. Give endTime, or leave endBehavior out.");
        await Refused(new() { StartTime = "tomorrow" }, "startTime 'tomorrow' is not a time. Write it in UTC as YYYY-MM-DDTHH:MM.");
        await Refused(
            new() { StartTime = Text(10) }, "startTime 2027-01-15T08:10 must lie at least 30 minutes in the future; it is 2027-01-15T08:00 now.");
    }

    private static string Text(int minutes) => ScheduleTimes.Write(JobsHost.Start.AddMinutes(minutes));

    private async Task Create(string jobId, SchedulingConfig config)
    {
        await _host.MakeThings("dev7");
        await _host.Create(jobId, [JobsHost.ThingArn("dev7")], request => request with { SchedulingConfig = config });
    }

    private async Task Refused(SchedulingConfig config, string message) => JobsHost.Refused(
        await _host.TryCreate("no", [JobsHost.ThingArn("dev7")], request => request with { SchedulingConfig = config }), "InvalidRequestException", 400, message);
}
