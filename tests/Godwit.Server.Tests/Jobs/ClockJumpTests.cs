using CsCheck;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Server.Tests.Jobs;

public sealed class ClockJumpTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    [InlineData(2)]
    [InlineData(-2)]
    [InlineData(315_360_000)]
    public async Task A_timer_runs_for_its_time_wherever_the_wall_clock_jumps(int seconds)
    {
        await Start(minutes: 10);
        await _host.Report("dev7", "job", "IN_PROGRESS");
        await _host.Advance(TimeSpan.FromMinutes(4));
        _host.Clock.By = TimeSpan.FromSeconds(seconds);
        await _host.Run();
        Assert.Equal(360, (await _host.Execution("dev7", "job")).ApproximateSecondsBeforeTimedOut);
        await _host.Advance(TimeSpan.FromSeconds(359));
        Assert.Equal("IN_PROGRESS", (await _host.Execution("dev7", "job")).Status);
        await _host.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("TIMED_OUT", (await _host.Execution("dev7", "job")).Status);
    }

    [Fact]
    public async Task Step_timers_and_time_in_the_queue_jump_along_and_what_begins_afterwards_does_not()
    {
        await _host.MakeThings("a", "b", "c");
        await _host.Create(
            "job", [.. new[] { "a", "b", "c" }.Select(JobsHost.ThingArn)],
            request => request with { TimeoutConfig = new() { InProgressTimeoutInMinutes = 60 }, Controls = new() { QueuedTimeoutMinutes = 20 } });
        await _host.Mqtt("a", "job/update", """{"status":"IN_PROGRESS","stepTimeoutInMinutes":10}""");
        await _host.Advance(TimeSpan.FromMinutes(1));
        _host.Clock.By = TimeSpan.FromDays(1);
        // Before the runner has looked.
        await _host.Report("b", "job", "IN_PROGRESS");
        await _host.Run();
        Assert.Equal(9 * 60, (await _host.Execution("a", "job")).ApproximateSecondsBeforeTimedOut);
        Assert.Equal(60 * 60, (await _host.Execution("b", "job")).ApproximateSecondsBeforeTimedOut);
        await _host.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(("TIMED_OUT", "QUEUED"), ((await _host.Execution("a", "job")).Status, (await _host.Execution("c", "job")).Status));
        await _host.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(("IN_PROGRESS", "TIMED_OUT"), ((await _host.Execution("b", "job")).Status, (await _host.Execution("c", "job")).Status));
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public async Task Two_runners_move_a_timer_once(int seconds)
    {
        await Start(minutes: 10);
        await _host.Report("dev7", "job", "IN_PROGRESS");
        var other = new JobRunner(
            _host.Get<Database>(), new JobBell(), _host.Get<JobStep>(), _host.Get<JobTimers>(), _host.Get<JobMetrics>(), _host.Clock, NullLogger<JobRunner>.Instance);
        await other.RunDue(JobsHost.Ct);
        await _host.Run();
        _host.Clock.By = TimeSpan.FromSeconds(seconds);
        await _host.Advance(TimeSpan.FromSeconds(1));
        await other.RunDue(JobsHost.Ct);
        Assert.Equal(599, (await _host.Execution("dev7", "job")).ApproximateSecondsBeforeTimedOut);
        _host.Clock.By = TimeSpan.Zero;
        await _host.Advance(TimeSpan.FromSeconds(1));
        await other.RunDue(JobsHost.Ct);
        Assert.Equal(598, (await _host.Execution("dev7", "job")).ApproximateSecondsBeforeTimedOut);
    }

    /// <summary>Looks come at least every 40 seconds here, and jumps at any time between them.</summary>
    [Fact]
    public async Task However_the_clock_jumps_no_time_out_is_early_and_none_is_later_than_a_look()
    {
        var gen = Gen.Select(Gen.Int[0, 3], Gen.Int[1, 39], Gen.Int[-4000, 4000]).Array[10, 40];
        await gen.SampleAsync(async steps =>
        {
            await using var host = new JobsHost();
            await host.MakeThings("a", "b", "c", "d", "e", "f");
            string[] things = ["a", "b", "c", "d", "e", "f"];
            await host.Create("job", [.. things.Select(JobsHost.ThingArn)], request => request with { TimeoutConfig = new() { InProgressTimeoutInMinutes = 3 } });
            var due = new Dictionary<string, DateTimeOffset>();
            foreach (var (what, seconds, jump) in steps)
            {
                if (what == 0)
                    host.Clock.By += TimeSpan.FromSeconds(jump);
                else if (what == 1 && due.Count < things.Length)
                {
                    var thing = things[due.Count];
                    await host.Report(thing, "job", "IN_PROGRESS");
                    due[thing] = host.Time.GetUtcNow().AddMinutes(3);
                }
                host.Time.Advance(TimeSpan.FromSeconds(seconds));
                if (what == 1)
                    continue;
                await host.Run();
                foreach (var (thing, at) in due)
                {
                    var (status, now) = ((await host.Execution(thing, "job")).Status, host.Time.GetUtcNow());
                    Assert.True(status == "IN_PROGRESS" || now >= at, $"{thing} is due at {at:O} and {status} at {now:O}");
                    Assert.True(status == "TIMED_OUT" || now < at.AddSeconds(40 * 6), $"{thing} is due at {at:O} and {status} at {now:O}");
                }
            }
        }, iter: 15, threads: 1);
    }

    private async Task Start(int minutes)
    {
        await _host.MakeThings("dev7");
        await _host.Create("job", [JobsHost.ThingArn("dev7")], request => request with { TimeoutConfig = new() { InProgressTimeoutInMinutes = minutes } });
    }
}
