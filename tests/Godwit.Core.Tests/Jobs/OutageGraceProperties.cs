using CsCheck;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

public sealed class OutageGraceProperties
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private static readonly Gen<TimeSpan> s_grace = Gen.Int[1, 3600].Select(seconds => TimeSpan.FromSeconds(seconds));

    private static readonly Gen<DateTimeOffset?> s_due = Gen.Frequency(
        (1, Gen.Const((DateTimeOffset?)null)), (5, Gen.Int[-100_000, 10_000].Select(seconds => (DateTimeOffset?)s_now.AddSeconds(seconds))));

    private static readonly Gen<ExecutionTimers> s_timers = Gen.Select(s_due, s_due, (whole, step) => new ExecutionTimers(whole, step));

    [Fact]
    public void No_timer_lapses_before_the_grace_is_over_nor_earlier_than_it_would_have() => Gen.Select(s_timers, s_grace).Sample((timers, grace) =>
    {
        var moved = OutageGrace.Of(null, s_now, grace)!.Value.Moved(timers);
        Assert.False(moved.IsDue(s_now + grace - TimeSpan.FromTicks(1)));
        Assert.True(!(moved.Due < timers.Due));
        Assert.Equal((timers.InProgress is null, timers.Step is null), (moved.InProgress is null, moved.Step is null));
    });

    [Fact]
    public void It_is_bounded_a_timer_that_is_moved_lapses_when_the_grace_is_over() => Gen.Select(s_timers, s_grace).Sample((timers, grace) =>
    {
        var moved = OutageGrace.Of(null, s_now, grace)!.Value.Moved(timers);
        Assert.True(moved.Due == timers.Due || moved.Due == s_now + grace);
        // What would have lapsed later by itself is left alone.
        Assert.True(timers.Due >= s_now + grace ? moved == timers : moved.Due is null || moved.Due == s_now + grace);
    });

    [Fact]
    public void Given_twice_it_is_given_once() => Gen.Select(s_timers, s_grace).Sample((timers, grace) =>
    {
        var given = OutageGrace.Of(null, s_now, grace)!.Value;
        Assert.Equal(given.Moved(timers), given.Moved(given.Moved(timers)));
    });

    [Fact]
    public void It_is_for_a_service_that_starts_or_was_away_a_minute_and_not_where_it_is_turned_off() => Gen.Select(Gen.Int[0, 600], s_grace).Sample((seconds, grace) =>
    {
        Assert.Equal(seconds >= 60, OutageGrace.Of(TimeSpan.FromSeconds(seconds), s_now, grace) is not null);
        Assert.NotNull(OutageGrace.Of(null, s_now, grace));
        Assert.Null(OutageGrace.Of(null, s_now, TimeSpan.Zero));
    });
}
