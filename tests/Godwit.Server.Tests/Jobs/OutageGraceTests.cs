using Godwit.Core.Jobs;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Jobs;

/// <summary>Timers of executions that lapse while the service is away: devices get the time to come back and say what they have done.</summary>
public sealed class OutageGraceTests : IAsyncDisposable
{
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(2);

    private JobsHost _host = new(timeoutGrace: s_grace);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task What_lapsed_while_it_was_down_lapses_two_minutes_after_it_is_back_unless_the_device_reports()
    {
        await Begin("quick", "slow");
        await Outage(TimeSpan.FromHours(3));
        Assert.Equal(["IN_PROGRESS", "IN_PROGRESS"], await Statuses("quick", "slow"));
        Assert.Equal(120, (await _host.Execution("slow", "j")).ApproximateSecondsBeforeTimedOut);
        // A report that goes on ends the grace no sooner.
        await _host.Report("quick", "j", "IN_PROGRESS");
        await Wait(s_grace - TimeSpan.FromSeconds(1));
        Assert.Equal(["IN_PROGRESS", "IN_PROGRESS"], await Statuses("quick", "slow"));
        await _host.Report("quick", "j", "SUCCEEDED");
        await _host.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["SUCCEEDED", "TIMED_OUT"], await Statuses("quick", "slow"));
        Assert.Equal(
            "The service was away: 2 timers that lapse before 2027-01-15 11:02:00Z lapse then.",
            await _host.Get<Database>().Read(session => session.First<string>("SELECT why FROM journal WHERE kind = 'OutageGrace'"), JobsHost.Ct));
        await _host.Counts("j");
    }

    [Fact]
    public async Task It_is_given_in_the_queue_too_and_to_a_database_that_was_away()
    {
        await _host.MakeThings("a");
        await _host.Create("j", [JobsHost.ThingArn("a")], r => r with { Controls = new JobControls { QueuedTimeoutMinutes = 10 } });
        // Nobody could look at the timers, as while a PostgreSQL restarts.
        _host.Time.Advance(TimeSpan.FromMinutes(11));
        await _host.Run();
        Assert.Equal(["QUEUED"], await Statuses("a"));
        await Wait(s_grace - TimeSpan.FromSeconds(1));
        Assert.Equal(["QUEUED"], await Statuses("a"));
        await Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(["TIMED_OUT"], await Statuses("a"));
    }

    [Fact]
    public async Task What_lapses_later_by_itself_is_left_alone_and_so_is_all_where_it_is_turned_off()
    {
        await Begin("a");
        await Outage(TimeSpan.FromMinutes(1));
        Assert.Equal(240, (await _host.Execution("a", "j")).ApproximateSecondsBeforeTimedOut);
        Assert.Null(await _host.Get<Database>().Read(session => session.First<string>("SELECT why FROM journal WHERE kind = 'OutageGrace'"), JobsHost.Ct));
        await _host.DisposeAsync();
        _host = new JobsHost();
        await Begin("a");
        await Outage(TimeSpan.FromHours(3));
        Assert.Equal(["TIMED_OUT"], await Statuses("a"));
    }

    /// <summary>The statement against the rule, with one timer, the other, both or none.</summary>
    [Fact]
    public async Task The_statement_moves_timers_as_the_rule_does()
    {
        const int things = 300;
        await _host.MakeLargeGroup("g", "m", things);
        await _host.Create("j", [JobsHost.GroupArn("g")]);
        var (random, now) = (new Random(7), JobsHost.Start.ToUnixTimeMilliseconds());
        var timers = Enumerable.Range(0, things).Select(_ => (Whole: Due(), Step: Due())).ToList();
        await _host.Get<Database>().Write(
            session =>
            {
                session.Execute("DELETE FROM job_execution");
                for (var i = 0; i < things; i++)
                    session.Execute(
                        """
                        INSERT INTO job_execution (account, thing_name, job_key, execution_number, status, version, queued_at_ms, last_updated_at_ms,
                          in_progress_deadline_at_ms, step_deadline_at_ms, deadline_at_ms)
                        SELECT '000000000000', @thing, job_key, 1, 1, 1, 0, 0, CAST(@Whole AS BIGINT), CAST(@Step AS BIGINT), CAST(@due AS BIGINT) FROM job
                        """,
                        new { thing = $"m{i:D5}", timers[i].Whole, timers[i].Step, due = timers[i].Whole < timers[i].Step ? timers[i].Whole : timers[i].Step ?? timers[i].Whole });
                return 0;
            },
            JobsHost.Ct);
        await _host.Get<Database>().Write(session => _host.Get<JobTimers>().MoveSome(session, now), JobsHost.Ct);

        var rows = await _host.Get<Database>().Read(
            session => session.Query<(long? Whole, long? Step, long? Due)>("SELECT in_progress_deadline_at_ms, step_deadline_at_ms, deadline_at_ms FROM job_execution ORDER BY thing_name"), JobsHost.Ct);
        var grace = new OutageGrace(JobsHost.Start);
        Assert.Equal(timers.Select(timer => grace.Moved(new ExecutionTimers(At(timer.Whole), At(timer.Step)))).Select(moved => (moved.InProgress, moved.Step, moved.Due)), rows.Select(row => (At(row.Whole), At(row.Step), At(row.Due))));

        long? Due() => random.Next(4) == 0 ? null : now + random.Next(-1000, 1000);
        static DateTimeOffset? At(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
    }

    private async Task Begin(params string[] things)
    {
        await _host.MakeThings(things);
        await _host.Create("j", [.. things.Select(JobsHost.ThingArn)], r => r with { TimeoutConfig = new TimeoutConfig { InProgressTimeoutInMinutes = 5 } });
        foreach (var thing in things)
            await _host.Report(thing, "j", "IN_PROGRESS");
    }

    /// <summary>As a service that is there looks at its timers: every half a minute.</summary>
    private async Task Wait(TimeSpan time)
    {
        for (; time > TimeSpan.FromSeconds(30); time -= TimeSpan.FromSeconds(30))
            await _host.Advance(TimeSpan.FromSeconds(30));
        await _host.Advance(time);
    }

    private async Task Outage(TimeSpan down)
    {
        await _host.Restart();
        _host.Time.Advance(down);
        await _host.Run();
    }

    private async Task<string[]> Statuses(params string[] things) => await Task.WhenAll(things.Select(async thing => (await _host.Execution(thing, "j")).Status));
}
