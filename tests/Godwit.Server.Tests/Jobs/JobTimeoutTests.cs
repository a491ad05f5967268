namespace Godwit.Server.Tests.Jobs;

public sealed class JobTimeoutTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task An_execution_times_out_on_the_second_never_before_and_keeps_its_details()
    {
        await Start(minutes: 20);
        await _host.Mqtt("dev7", "job/update", """{"status":"IN_PROGRESS","statusDetails":{"receive":"1/3"}}""");
        _host.Time.Advance(TimeSpan.FromMinutes(20) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(JobsHost.Start.AddMinutes(20), await _host.Run());
        Assert.Equal("IN_PROGRESS", (await _host.Execution("dev7", "job")).Status);
        await _host.Advance(TimeSpan.FromMilliseconds(1));
        var execution = await _host.Execution("dev7", "job");
        Assert.Equal(("TIMED_OUT", 4L, "1/3"), (execution.Status, execution.VersionNumber, execution.StatusDetails!.DetailsMap["receive"]));
        Assert.Null(execution.ApproximateSecondsBeforeTimedOut);
        Assert.Equal("COMPLETED", (await _host.Job("job")).Status);
        Assert.StartsWith(
            """{"code":"TerminalStateReached",""", (await _host.Mqtt("dev7", "job/update", """{"status":"SUCCEEDED","expectedVersion":"2"}""")).Payload,
            StringComparison.Ordinal);
        Assert.Equal(1, (await _host.Counts("job")).NumberOfTimedOutThings);
    }

    [Fact]
    public async Task Progress_does_not_put_the_in_progress_timer_off()
    {
        await Start(minutes: 10);
        await _host.Advance(TimeSpan.FromMinutes(9));
        await _host.Report("dev7", "job", "IN_PROGRESS");
        Assert.Equal(60, (await _host.Execution("dev7", "job")).ApproximateSecondsBeforeTimedOut);
        await _host.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("TIMED_OUT", (await _host.Execution("dev7", "job")).Status);
    }

    [Fact]
    public async Task Step_timers_replace_one_another_as_in_the_guides_example()
    {
        await Start(minutes: 20);
        await At(5, """{"status":"IN_PROGRESS","stepTimeoutInMinutes":7}""", left: 7 * 60);
        await At(10, """{"status":"IN_PROGRESS","stepTimeoutInMinutes":"5"}""", left: 5 * 60);
        await At(13, """{"status":"IN_PROGRESS","stepTimeoutInMinutes":9}""", left: 7 * 60);
        await At(14, """{"status":"IN_PROGRESS","stepTimeoutInMinutes":-1}""", left: 6 * 60);
        await At(15, """{"status":"IN_PROGRESS","stepTimeoutInMinutes":1}""", left: 60);
        await _host.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("TIMED_OUT", (await _host.Execution("dev7", "job")).Status);
    }

    [Fact]
    public async Task A_step_timer_needs_no_timeout_of_the_job_and_start_next_begins_it_anew_without_a_new_version()
    {
        await Start(minutes: null);
        Assert.Null((await _host.Execution("dev7", "job")).ApproximateSecondsBeforeTimedOut);
        var reply = await _host.Mqtt("dev7", "start-next", """{"stepTimeoutInMinutes":2}""");
        Assert.Contains("\"approximateSecondsBeforeTimedOut\":120,\"versionNumber\":2,", reply.Payload, StringComparison.Ordinal);
        await _host.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("TIMED_OUT", (await _host.Execution("dev7", "job")).Status);
    }

    [Theory]
    [InlineData("job/update", 0)]
    [InlineData("job/update", 10081)]
    [InlineData("job/update", -2)]
    [InlineData("start-next", -1)]
    public async Task A_step_timer_out_of_range_is_refused(string topic, int minutes)
    {
        await Start(minutes: null);
        Assert.StartsWith(
            """{"code":"InvalidRequest","message":"Provide valid timeout value, stepTimeoutInMinutes must be""",
            (await _host.Mqtt("dev7", topic, $$"""{"status":"IN_PROGRESS","stepTimeoutInMinutes":{{minutes}}}""")).Payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Timers_go_on_after_a_restart()
    {
        await Start(minutes: 20);
        await _host.Restart();
        Assert.Equal(JobsHost.Start.AddSeconds(30), await _host.Run());
        await _host.Advance(TimeSpan.FromHours(1));
        Assert.Equal("TIMED_OUT", (await _host.Execution("dev7", "job")).Status);
    }

    [Fact]
    public async Task What_waits_does_not_time_out()
    {
        await _host.MakeThings("dev7");
        await _host.Create("job", [JobsHost.ThingArn("dev7")], request => request with { TimeoutConfig = new() { InProgressTimeoutInMinutes = 1 } });
        await _host.Advance(TimeSpan.FromDays(300));
        Assert.Equal("QUEUED", (await _host.Execution("dev7", "job")).Status);
    }

    private async Task Start(int? minutes)
    {
        await _host.MakeThings("dev7");
        await _host.Create(
            "job", [JobsHost.ThingArn("dev7")],
            request => request with { TimeoutConfig = minutes is null ? null : new() { InProgressTimeoutInMinutes = minutes } });
        await _host.Mqtt("dev7", "start-next");
    }

    private async Task At(int minute, string update, int left)
    {
        await _host.Advance(JobsHost.Start.AddMinutes(minute) - _host.Time.GetUtcNow());
        Assert.Equal("job/update/accepted", (await _host.Mqtt("dev7", "job/update", update)).Topic);
        Assert.Equal(left, (await _host.Execution("dev7", "job")).ApproximateSecondsBeforeTimedOut);
    }
}
