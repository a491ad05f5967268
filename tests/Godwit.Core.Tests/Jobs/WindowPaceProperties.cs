using CsCheck;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

/// <summary>The pace of a rollout that windows, pauses and a cap hold up again and again: whatever stood still has saved up nothing.</summary>
public sealed class WindowPaceProperties
{
    private static readonly DateTimeOffset s_start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private static readonly Gen<World> s_worlds =
        from perMinute in Gen.Int[1, 3000]
        from everyMinutes in Gen.Int[2, 90]
        from openMinutes in Gen.Int[1, 60]
        from pausedFrom in Gen.Int[0, 7200]
        from pausedFor in Gen.Int[0, 3600]
        from late in Gen.Int[0, 900].Array[64]
        from restarts in Gen.Frequency((20, Gen.Const(false)), (1, Gen.Const(true))).Array[64]
        select new World(perMinute, TimeSpan.FromMinutes(everyMinutes), TimeSpan.FromMinutes(openMinutes), pausedFrom, pausedFrom + pausedFor, late, restarts);

    [Fact]
    public void No_second_of_an_opening_holds_more_than_its_share_and_no_minute_more_than_the_rate() => s_worlds.Sample(world =>
    {
        var starts = Run(world);
        Assert.True(world.PausedFrom < 60 || starts.Count > 0, "nothing has started");
        for (var i = 0; i < starts.Count; i++)
        {
            var (second, minute) = (0L, 0L);
            for (var j = i; j < starts.Count && starts[j].At < starts[i].At + TimeSpan.FromMinutes(1); j++)
            {
                minute += starts[j].Count;
                second += starts[j].At < starts[i].At + TimeSpan.FromSeconds(1) ? starts[j].Count : 0;
            }
            Assert.True(second <= (world.PerMinute / 60.0) + 1, $"{second} in the second from {starts[i].At} at {world.PerMinute} a minute");
            Assert.True(minute <= world.PerMinute, $"{minute} in the minute from {starts[i].At} at {world.PerMinute} a minute");
        }
    }, iter: 120);

    [Fact]
    public void Hours_between_two_windows_earn_no_more_than_a_restart_does() => Gen.Select(Gen.Int[1, 3000], Gen.Int[2, 100_000]).Sample((perMinute, seconds) =>
    {
        var state = State(perMinute, SchedulePhase.Open, PaceState.Start, TimeSpan.Zero);
        var first = JobTick.Decide(state);
        var closed = JobTick.Decide(state with { Phase = SchedulePhase.BetweenWindows, Pace = first.Pace, Elapsed = TimeSpan.FromSeconds(seconds) });
        Assert.Equal((0, first.Pace), (closed.Start, closed.Pace));
        var opened = JobTick.Decide(state with { Pace = first.Pace, Elapsed = TimeSpan.FromSeconds(seconds) });
        Assert.InRange(opened.Start, 0, (perMinute / 60) + 1);
        var again = JobTick.Decide(state with { Pace = opened.Pace, Elapsed = TimeSpan.FromSeconds(0.999) });
        Assert.True(opened.Start == 0 || again.Start == 0, "two batches lie less than a second apart");
    });

    /// <summary>Three hours of a rollout by a runner that comes late now and then and that is restarted.</summary>
    private static List<(TimeSpan At, int Count)> Run(World world)
    {
        var schedule = new JobSchedule(null, null, EndBehavior.StopRollout, [new RecurringWindow(after => Next(world, after), world.Open)]);
        var (now, looked, state, starts) = (TimeSpan.Zero, TimeSpan.Zero, PaceState.Start, new List<(TimeSpan, int)>());
        for (var look = 0; now < TimeSpan.FromHours(3) && look < 3000; look++)
        {
            var moment = schedule.At(s_start + now);
            var paused = now.TotalSeconds >= world.PausedFrom && now.TotalSeconds < world.PausedTo;
            var restart = world.Restarts[look % world.Restarts.Length];
            if (restart)
                state = PaceState.Parse(state.ToString())!;
            var decision = JobTick.Decide(State(world.PerMinute, moment.Phase, state, restart ? TimeSpan.Zero : now - looked) with
            {
                PhaseEnds = moment.Until - (s_start + now), Paused = paused,
            });
            Assert.True(decision.Start == 0 || (moment.Phase == SchedulePhase.Open && !paused));
            if (decision.Start > 0)
                starts.Add((now, decision.Start));
            // A pace that has not moved keeps the time of its first note.
            if (decision.Pace != state || restart)
                looked = now;
            state = decision.Pace;
            var wait = decision.Wait ?? TimeSpan.FromSeconds(30);
            now += (paused ? TimeSpan.FromSeconds(30) : wait) + TimeSpan.FromMilliseconds(world.Late[look % world.Late.Length]);
        }
        return starts;
    }

    private static DateTimeOffset? Next(World world, DateTimeOffset after)
    {
        var passed = after - s_start;
        return passed < TimeSpan.Zero ? s_start : s_start + (world.Every * (Math.Floor(passed / world.Every) + 1));
    }

    private static JobState State(int perMinute, SchedulePhase phase, PaceState pace, TimeSpan elapsed) =>
        new(JobStatus.InProgress, true, 1_000_000_000, false, 0, new JobCounts(), new RolloutRate(perMinute, null), [], pace, elapsed) { Phase = phase };

    private sealed record World(int PerMinute, TimeSpan Every, TimeSpan Open, int PausedFrom, int PausedTo, int[] Late, bool[] Restarts);
}
