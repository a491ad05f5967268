using CsCheck;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

public class RolloutPaceProperties
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1000, 10_000)]
    [InlineData(1000, 50)]
    [InlineData(60, 300)]
    [InlineData(7, 70)]
    [InlineData(1, 5)]
    [InlineData(250, 2500)]
    public void A_rollout_whose_runner_comes_on_time_takes_the_time_that_its_rate_says(int perMinute, int things)
    {
        var (state, clock, left, perMinuteStarted) = (PaceState.Start, TimeSpan.Zero, (long)things, new List<int>());
        var elapsed = TimeSpan.Zero;
        while (true)
        {
            var pace = RolloutPace.Next(state, elapsed, perMinute, left);
            while (perMinuteStarted.Count <= clock.TotalMinutes)
                perMinuteStarted.Add(0);
            perMinuteStarted[(int)clock.TotalMinutes] += pace.Start;
            left -= pace.Start;
            if (pace.Wait is not { } wait)
                break;
            (state, elapsed, clock) = (pace.State, wait, clock + wait);
        }

        Assert.Equal(0, left);
        var ideal = TimeSpan.FromMinutes((double)(things - 1) / perMinute);
        Assert.InRange(clock, ideal - Second, ideal + 2 * Second);
        for (var minute = 1; minute < perMinuteStarted.Count - 1; minute++)
            Assert.InRange(perMinuteStarted[minute], perMinute * 0.98 - 1, perMinute);
    }

    /// <summary>A runner that comes early and late, loses its memory and is lied to by nobody's clock, because it has none.</summary>
    [Fact]
    public void No_second_and_no_minute_ever_holds_more_than_its_share() =>
        Gen.Select(
                Gen.Int[1, 3000],
                Gen.Select(Gen.Frequency((6, Gen.Int[0, 1500]), (2, Gen.Int[0, 30]), (1, Gen.Int[0, 90_000])), Gen.Frequency((20, Gen.Const(false)), (1, Gen.Const(true))))
                    .Array[10, 400])
            .Sample((perMinute, wakes) =>
            {
                var state = PaceState.Start;
                var starts = new List<(double AtMs, int Count)>();
                var now = 0.0;
                foreach (var (ms, restart) in wakes)
                {
                    now += ms;
                    // After a restart the state comes from its stored form, and the time that went by is unknown.
                    var pace = restart
                        ? RolloutPace.Next(PaceState.Parse(state.ToString())!, TimeSpan.Zero, perMinute, 1_000_000)
                        : RolloutPace.Next(state, TimeSpan.FromMilliseconds(ms), perMinute, 1_000_000);
                    state = pace.State;
                    Assert.True(state.Batches.Length <= 61);
                    Assert.True(pace.Wait > TimeSpan.Zero);
                    if (pace.Start > 0)
                        starts.Add((now, pace.Start));
                }

                for (var i = 0; i < starts.Count; i++)
                {
                    var (second, minute) = (0L, 0L);
                    for (var j = i; j < starts.Count && starts[j].AtMs < starts[i].AtMs + 60_000; j++)
                    {
                        minute += starts[j].Count;
                        if (starts[j].AtMs < starts[i].AtMs + 1000)
                            second += starts[j].Count;
                    }

                    Assert.True(second <= perMinute / 60.0 + 1, $"{second} in the second from {starts[i].AtMs} ms at {perMinute}/min");
                    Assert.True(minute <= perMinute, $"{minute} in the minute from {starts[i].AtMs} ms at {perMinute}/min");
                }
            });

    [Fact]
    public void The_wait_is_never_longer_than_it_must_be() =>
        Gen.Select(Gen.Int[1, 3000], Gen.Int[0, 3000].Array[1, 200]).Sample((perMinute, wakes) =>
        {
            var state = PaceState.Start;
            foreach (var ms in wakes)
            {
                var pace = RolloutPace.Next(state, TimeSpan.FromMilliseconds(ms), perMinute, 1_000_000);
                var wait = pace.Wait!.Value;
                Assert.True(RolloutPace.Next(pace.State, wait, perMinute, 1).Start > 0);
                Assert.Equal(0, RolloutPace.Next(pace.State, wait - TimeSpan.FromTicks(1), perMinute, 1).Start);
                state = pace.State;
            }
        });

    [Fact]
    public void A_lowered_rate_waits_until_the_last_minute_fits_it()
    {
        var state = PaceState.Start;
        for (var second = 0; second < 60; second++)
            state = RolloutPace.Next(state, Second, 600, 1000).State;
        for (var second = 0; second < 55; second++)
        {
            var idle = RolloutPace.Next(state, Second, 10, 1000);
            Assert.Equal(0, idle.Start);
            state = idle.State;
        }

        var started = 0;
        for (var second = 0; second < 10; second++)
        {
            var pace = RolloutPace.Next(state, Second, 10, 1000);
            started += pace.Start;
            state = pace.State;
        }

        Assert.InRange(started, 1, 10);
    }

    [Fact]
    public void A_raised_rate_is_not_held_back_by_the_old_spacing()
    {
        var first = RolloutPace.Next(PaceState.Start, TimeSpan.Zero, 1, 1000);
        Assert.Equal(1, first.Start);
        var second = RolloutPace.Next(first.State, Second, 120, 1000);
        var third = RolloutPace.Next(second.State, Second, 120, 1000);
        Assert.Equal(2, second.Start + third.Start);
    }

    [Fact]
    public void Nothing_left_to_start_needs_no_wake_up()
    {
        var pace = RolloutPace.Next(PaceState.Start, TimeSpan.Zero, 1000, 0);
        Assert.Equal((0, null), (pace.Start, pace.Wait));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1 x")]
    [InlineData("1 2 3")]
    [InlineData("1 2 -3:4")]
    [InlineData("1 2 3:99999999999")]
    [InlineData("""{"LastAt":null,"Credit":59}""")]
    public void A_broken_stored_state_is_told(string text) => Assert.Null(PaceState.Parse(text));

    [Theory]
    [InlineData(1000)]
    [InlineData(100)]
    [InlineData(60)]
    [InlineData(7)]
    [InlineData(1)]
    [InlineData(1700)]
    public void A_runner_that_comes_every_second_starts_the_rate_to_the_execution_in_every_minute(int perMinute)
    {
        var (state, elapsed) = (PaceState.Start, TimeSpan.Zero);
        for (var minute = 0; minute < 120; minute++)
        {
            var started = 0;
            for (var second = 0; second < 60; second++)
            {
                var pace = RolloutPace.Next(state, elapsed, perMinute, long.MaxValue);
                (state, elapsed) = (pace.State, Second);
                started += pace.Start;
            }

            Assert.Equal(perMinute, started);
        }
    }

    [Fact]
    public void A_pace_that_nobody_remembers_rests_for_a_minute()
    {
        var pace = RolloutPace.Next(PaceState.Unknown, TimeSpan.Zero, 1000, 5000);
        Assert.Equal((0, TimeSpan.FromMinutes(1)), (pace.Start, pace.Wait));
        Assert.Equal(17, RolloutPace.Next(pace.State, pace.Wait!.Value, 1000, 5000).Start);
        Assert.Equal(PaceState.Unknown.ToString(), PaceState.Parse(PaceState.Unknown.ToString())!.ToString());
    }

    [Fact]
    public void The_growing_rate_rises_at_each_multiple_of_its_step() =>
        Gen.Select(Gen.Int[1, 999], Gen.Int[11, 50], Gen.Int[1, 2000], Gen.Int[1, 1000], Gen.Long[0, 100_000], Gen.Bool)
            .Sample((baseRate, tenths, step, headroom, count, bySucceeded) =>
            {
                var maximum = baseRate + headroom;
                var rate = new RolloutRate(maximum, new RateGrowth(baseRate, tenths / 10.0, new RateStep(step, bySucceeded)));
                var exact = (decimal)baseRate;
                for (long reached = step; reached <= count && exact < maximum; reached += step)
                    exact = exact * tenths / 10;
                var found = bySucceeded ? rate.PerMinute(0, count) : rate.PerMinute(count, 0);
                // Doubles may fall short of a whole number that decimals reach.
                Assert.InRange(found, (int)Math.Min(Math.Floor(exact - 0.000001m), maximum), (int)Math.Min(Math.Floor(exact), maximum));
            });

    [Fact]
    public void The_worked_example_of_the_guide_doubles_at_each_thousand()
    {
        var rate = new RolloutRate(1000, new RateGrowth(50, 2, new RateStep(1000, BySucceeded: false)));
        Assert.Equal([50, 50, 100, 200, 400, 800, 1000], ((long[])[0, 999, 1000, 2000, 3000, 4000, 5000]).Select(notified => rate.PerMinute(notified, 0)));
    }
}
