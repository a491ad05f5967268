using CsCheck;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

public class RolloutPaceProperties
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The runner comes early, on time, late and after long sleeps.</summary>
    [Fact]
    public void No_second_and_no_minute_ever_holds_more_than_its_share() =>
        Gen.Select(Gen.Int[1, 3000], GenWakes).Sample((perMinute, wakes) => Check(perMinute, Run(perMinute, wakes, (_, real) => real)), iter: 2000);

    /// <summary>The clock is put back by anything up to an hour while executions start: the real time between starts is what counts.</summary>
    [Fact]
    public void A_clock_that_is_put_back_hastens_nothing() =>
        Gen.Select(Gen.Int[1, 3000], GenWakes, Gen.Int[1, 3_600_000]).Sample((perMinute, wakes, back) =>
            Check(perMinute, Run(perMinute, wakes, (step, real) => step > wakes.Length / 2 ? real.AddMilliseconds(-back) : real)), iter: 1000);

    [Theory]
    [InlineData(1000, 10_000)]
    [InlineData(1000, 50)]
    [InlineData(60, 300)]
    [InlineData(7, 70)]
    [InlineData(1, 5)]
    [InlineData(250, 2500)]
    public void A_runner_that_comes_when_it_is_asked_to_takes_the_time_that_the_rate_says(int perMinute, int things)
    {
        var (pace, now, left) = (RolloutPace.Start, Noon, things);
        while (true)
        {
            var answer = pace.Ask(now, perMinute);
            left -= answer.Count;
            if (left <= 0)
                break;
            (pace, now) = (answer.Next, answer.AskAt);
        }

        var ideal = TimeSpan.FromMinutes((double)things / perMinute);
        Assert.InRange(now - Noon, ideal * 0.95 - TimeSpan.FromMinutes(1.0 / perMinute) - TimeSpan.FromSeconds(1), ideal + TimeSpan.FromSeconds(2));
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

    private static readonly Gen<(int Ms, int Kind)[]> GenWakes =
        Gen.Select(Gen.Frequency((6, Gen.Int[0, 1500]), (2, Gen.Int[0, 30]), (1, Gen.Int[0, 90_000])), Gen.Int[0, 3]).Array[10, 300];

    private static List<(double AtMs, int Count)> Run(int perMinute, (int Ms, int Kind)[] wakes, Func<int, DateTimeOffset, DateTimeOffset> clock)
    {
        var (pace, real, wait) = (RolloutPace.Start, Noon, TimeSpan.Zero);
        var starts = new List<(double, int)>();
        for (var step = 0; step < wakes.Length; step++)
        {
            real += wakes[step].Kind switch
            {
                0 => TimeSpan.FromMilliseconds(wakes[step].Ms),
                1 => wait + TimeSpan.FromMilliseconds(wakes[step].Ms % 20),
                _ => wait,
            };
            var now = clock(step, real);
            var answer = pace.Ask(now, perMinute);
            (pace, wait) = (answer.Next, answer.AskAt > now ? answer.AskAt - now : TimeSpan.Zero);
            if (answer.Count > 0)
                starts.Add(((real - Noon).TotalMilliseconds, answer.Count));
        }

        return starts;
    }

    private static void Check(int perMinute, List<(double AtMs, int Count)> starts)
    {
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
    }
}
