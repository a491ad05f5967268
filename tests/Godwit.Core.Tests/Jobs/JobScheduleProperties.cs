using CsCheck;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

public class JobScheduleProperties
{
    private static readonly DateTimeOffset Zero = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    /// <summary>A window every so many minutes.</summary>
    private sealed record Plain(int Every, int First, int Duration)
    {
        public RecurringWindow Window => new(Next, TimeSpan.FromMinutes(Duration));

        /// <summary>The slow reference: does any beginning within reach cover the minute?</summary>
        public bool Covers(int minute) => Enumerable.Range(0, Duration).Any(back => (minute - back) % Every == First % Every && minute - back >= First);

        public bool Begins(int minute) => minute >= First && minute % Every == First % Every;

        private DateTimeOffset? Next(DateTimeOffset after)
        {
            var minute = (int)Math.Floor((after - Zero).TotalMinutes) + 1;
            while (minute < First || minute % Every != First % Every)
                minute++;
            return Zero.AddMinutes(minute);
        }
    }

    private static readonly Gen<Plain> GenPlain = Gen.Select(Gen.Int[2, 90], Gen.Int[0, 120], Gen.Int[1, 60], (every, first, duration) => new Plain(every, first, duration));

    private static readonly Gen<(int? Start, int? End, Plain[] Windows)> GenSchedule = Gen.Select(
        Gen.Int[0, 200].Nullable(), Gen.Int[200, 400].Nullable(), GenPlain.Array[0, 3], (start, end, windows) => ((int?)start, (int?)end, windows));

    [Fact]
    public void Every_minute_has_the_phase_that_looking_at_all_windows_gives_it() => GenSchedule.Sample(plan =>
    {
        var schedule = Schedule(plan);
        for (var minute = 0; minute < 420; minute++)
            Assert.Equal(Reference(plan, minute), schedule.At(Zero.AddMinutes(minute)).Phase);
    }, iter: 300);

    [Fact]
    public void No_phase_changes_before_the_moment_that_was_said() => GenSchedule.Sample(plan =>
    {
        var schedule = Schedule(plan);
        for (var minute = 0; minute < 420; minute++)
        {
            var moment = schedule.At(Zero.AddMinutes(minute));
            Assert.True(moment.Until is null || moment.Until > Zero.AddMinutes(minute));
            for (var later = minute; later < 420 && (moment.Until is null || Zero.AddMinutes(later) < moment.Until); later++)
                Assert.Equal(moment.Phase, Reference(plan, later));
        }
    }, iter: 30);

    [Fact]
    public void The_windows_to_come_are_those_that_begin_between_start_and_end() => GenSchedule.Where(plan => plan.Windows.Length > 0).Sample(plan =>
    {
        var now = 50;
        var expected = Enumerable.Range(now + 1, 2000)
            .Where(minute => (plan.Start is null || minute >= plan.Start) && (plan.End is null || minute < plan.End) && plan.Windows.Any(window => window.Begins(minute)))
            .Take(7).Select(minute => Zero.AddMinutes(minute));
        Assert.Equal(expected, Schedule(plan).NextWindows(Zero.AddMinutes(now), 7));
    }, iter: 300);

    [Fact]
    public void Outside_its_schedule_a_job_starts_nothing_and_says_when_to_look_again() =>
        Gen.Select(Gen.Enum<SchedulePhase>(), Gen.Int[0, 5], Gen.Int[1, 1000], Gen.Enum<EndBehavior>(), Gen.Bool).Sample((phase, pending, minutes, atEnd, scheduled) =>
        {
            var job = new JobState(
                scheduled ? JobStatus.Scheduled : JobStatus.InProgress, true, pending, false, 0, default, RolloutRate.Default, [], PaceState.Start, TimeSpan.Zero)
            {
                Phase = phase, PhaseEnds = phase == SchedulePhase.Ended ? null : TimeSpan.FromMinutes(minutes), AtEnd = atEnd,
            };
            var decision = JobTick.Decide(job);
            Assert.Equal(phase == SchedulePhase.Open && pending > 0, decision.Start > 0);
            Assert.Equal(scheduled && phase != SchedulePhase.BeforeStart, decision.Begin);
            Assert.Equal(phase == SchedulePhase.Ended && (atEnd != EndBehavior.StopRollout || pending > 0), decision.End);
            if (phase != SchedulePhase.Ended)
                Assert.InRange(decision.Wait!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(minutes));
        });

    [Fact]
    public void Every_form_of_a_time_is_the_same_time_in_UTC()
    {
        string[] forms = ["2030-01-02T03:04", "2030-01-02 03:04", "2030-01-02T03:04Z", "2030-01-02 03:04:00", "2030-01-02T03:04:00Z"];
        Assert.All(forms, form => Assert.Equal(new DateTimeOffset(2030, 1, 2, 3, 4, 0, TimeSpan.Zero), ScheduleTimes.Parse(form)));
        Assert.All((string[])["", "2030-01-02", "2030-13-02T03:04", "2030-01-02T03:04+01:00", "now"], text => Assert.Null(ScheduleTimes.Parse(text)));
    }

    [Theory]
    [InlineData(29, null, "startTime")]
    [InlineData(30, null, null)]
    [InlineData(525_600, null, null)]
    [InlineData(525_601, null, "startTime")]
    [InlineData(null, 29, "endTime")]
    [InlineData(null, 30, null)]
    [InlineData(60, 89, "endTime")]
    [InlineData(60, 90, null)]
    public void Times_lie_within_AWSs_bounds(int? start, int? end, string? refused)
    {
        var now = new DateTimeOffset(2029, 3, 1, 0, 0, 0, TimeSpan.Zero);
        var wrong = ScheduleTimes.Refuse(Text(start), Text(end), now);
        Assert.Equal(refused, wrong?.Split(' ')[0]);

        string? Text(int? minutes) => minutes is { } ahead ? ScheduleTimes.Write(now.AddMinutes(ahead)) : null;
    }

    private static JobSchedule Schedule((int? Start, int? End, Plain[] Windows) plan) => new(
        plan.Start is { } start ? Zero.AddMinutes(start) : null, plan.End is { } end ? Zero.AddMinutes(end) : null, EndBehavior.StopRollout,
        [.. plan.Windows.Select(window => window.Window)]);

    private static SchedulePhase Reference((int? Start, int? End, Plain[] Windows) plan, int minute)
    {
        if (minute >= plan.End)
            return SchedulePhase.Ended;
        if (minute < plan.Start)
            return SchedulePhase.BeforeStart;
        return plan.Windows.Length == 0 || plan.Windows.Any(window => window.Covers(minute)) ? SchedulePhase.Open : SchedulePhase.BetweenWindows;
    }
}
