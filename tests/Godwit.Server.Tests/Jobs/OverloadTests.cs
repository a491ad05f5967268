using Godwit.Server.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Jobs;

/// <summary>Changes wait for a slow database: what a device had reported in time counts, however late it is carried out.</summary>
public sealed class OverloadTests : IAsyncDisposable
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    /// <summary>Some grace: without any, nothing is forgiven.</summary>
    private readonly JobsHost _host = new(timeoutGrace: TimeSpan.FromMilliseconds(1));
    private readonly ManualResetEventSlim _stalled = new(), _goesOn = new();

    public async ValueTask DisposeAsync()
    {
        _goesOn.Set();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task A_report_that_came_behind_a_step_of_the_timers_and_before_its_own_deadline_is_no_time_out()
    {
        await Begin("late", "intime");
        _host.Time.Advance(s_second);
        var stall = Stall();
        // The first one's time is up, and the step for it waits. Meanwhile the other reports, forty seconds before its own time is up.
        var step = _host.Get<JobTimers>().TimeOut(JobsHost.Ct);
        _host.Time.Advance(20 * s_second);
        var report = _host.Update("intime", "j", "SUCCEEDED");
        _host.Time.Advance(50 * s_second);
        await GoOn(stall, step);
        JobsHost.Ok(await report);
        await FlowsAgain();
        Assert.Equal(["TIMED_OUT", "SUCCEEDED"], await Statuses("late", "intime"));
        await _host.Counts("j");
    }

    [Fact]
    public async Task A_device_that_waits_for_one_answer_before_its_last_report_is_not_timed_out_by_our_delay()
    {
        await Begin("dev7");
        var stall = Stall();
        var progress = _host.Update("dev7", "j", "IN_PROGRESS");
        // Its time is up while it still waits for the answer, with the last report ready behind it.
        _host.Time.Advance(s_second);
        var step = _host.Get<JobTimers>().TimeOut(JobsHost.Ct);
        _host.Time.Advance(29 * s_second);
        await GoOn(stall, step);
        JobsHost.Ok(await progress);
        // The next step comes at once, as the runner's does, and knows that the one before was held up.
        Assert.False(await _host.Get<JobTimers>().TimeOut(JobsHost.Ct));
        JobsHost.Ok(await _host.Update("dev7", "j", "SUCCEEDED"));
        Assert.Equal(["SUCCEEDED"], await Statuses("dev7"));
    }

    [Fact]
    public async Task Who_says_nothing_times_out_once_changes_flow_again()
    {
        await Begin("silent");
        _host.Time.Advance(s_second);
        var stall = Stall();
        var step = _host.Get<JobTimers>().TimeOut(JobsHost.Ct);
        _host.Time.Advance(30 * s_second);
        await GoOn(stall, step);
        await FlowsAgain();
        Assert.Equal(["TIMED_OUT"], await Statuses("silent"));
    }

    /// <summary>The things begin a job of ten minutes one after the other, a minute between them, and the first one has a second left.</summary>
    private async Task Begin(params string[] things)
    {
        await _host.MakeThings(things);
        await _host.Create("j", [.. things.Select(JobsHost.ThingArn)], r => r with { TimeoutConfig = new TimeoutConfig { InProgressTimeoutInMinutes = 10 } });
        foreach (var thing in things)
        {
            await _host.Report(thing, "j", "IN_PROGRESS");
            _host.Time.Advance(60 * s_second);
        }
        _host.Time.Advance(TimeSpan.FromMinutes(10 - things.Length) - s_second);
    }

    /// <summary>Changes have not waited for a while.</summary>
    private async Task FlowsAgain()
    {
        _host.Time.Advance(2 * s_second);
        await _host.Run();
        await _host.Run();
    }

    /// <summary>The writer is held up in the midst of a commit.</summary>
    private Task Stall()
    {
        var stall = _host.Get<Database>().Write(
            _ =>
            {
                _stalled.Set();
                _goesOn.Wait(JobsHost.Ct);
                return 0;
            },
            JobsHost.Ct);
        _stalled.Wait(JobsHost.Ct);
        return stall;
    }

    private async Task GoOn(params Task[] held)
    {
        _goesOn.Set();
        await Task.WhenAll(held);
    }

    private async Task<string[]> Statuses(params string[] things)
    {
        var statuses = new List<string>();
        foreach (var thing in things)
            statuses.Add((await _host.Execution(thing, "j")).Status);
        return [.. statuses];
    }
}
