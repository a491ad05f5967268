using Godwit.Core.Jobs;
using Godwit.Core.Planning;

namespace Godwit.Core.Tests.Planning;

/// <summary>Forecasts that can be worked out by hand.</summary>
public class RolloutForecastTests
{
    [Fact]
    public void A_constant_rate_gives_the_rows_that_one_can_work_out_by_hand()
    {
        var run = Run(Constant(100), Model(new() { DownloadSeconds = Distribution.Of(30) }), 1000);
        // Starts are even, so those of the last 30 seconds are in progress at the end of each minute.
        var expected = new List<ForecastMinute> { default };
        for (var minute = 1; minute <= 10; minute++)
            expected.Add(new ForecastMinute(minute, 100 * minute, 0, 50, (100 * minute) - 50, 0, 0, 0, 0));
        expected.Add(new ForecastMinute(11, 1000, 0, 0, 1000, 0, 0, 0, 0));
        Assert.Equal(expected, run.Timeline);
        Assert.Equal((JobStatus.Completed, 599 + 30), (run.Outcome, run.EndedAtSecond));
        Assert.Equal([new RolloutStage(100, 0, 599, 1000)], run.Stages);
        Assert.Equal(0, run.Hurt);
    }

    [Fact]
    public void A_rollout_of_seconds_is_drawn_by_the_second()
    {
        var run = Run(Constant(600), Model(new() { DownloadSeconds = Distribution.Of(3) }), 30);
        // Ten a second for three seconds, each done three seconds later.
        Assert.Equal([0, 10, 20, 30, 30, 30, 30], run.Curve.Take(7).Select(point => point.Started));
        Assert.Equal([0, 0, 0, 0, 10, 20, 30], run.Curve.Take(7).Select(point => point.Succeeded));
        Assert.Equal(Enumerable.Range(0, run.Curve.Count), run.Curve.Select(point => point.Second));
    }

    /// <summary>AWS: Jobs > Rollout rates: from 50 a minute, doubled at each thousand that was notified.</summary>
    [Fact]
    public void The_guides_growing_rate_is_50_100_200_400()
    {
        var rollout = Constant(500) with { Rate = new RolloutRate(500, new RateGrowth(50, 2, new RateStep(1000, BySucceeded: false))) };
        var run = Run(rollout, FleetModel.Default, 5000);
        // 1000 at 50 a minute take 20 minutes, at 100 ten, at 200 five, at 400 two and a half; 500 a minute is the cap.
        Assert.Equal([(50, 0), (100, 1200), (200, 1800), (400, 2100), (500, 2250)], run.Stages.Select(stage => (stage.PerMinute, stage.StartsAtSecond)));
        Assert.Equal([1000, 1000, 1000, 1000, 1000], run.Stages.Select(stage => stage.Started));
        Assert.Equal([1000, 2000, 3000, 3800], new[] { 20, 30, 35, 37 }.Select(minute => run.Timeline[minute].Started));
        Assert.Equal(JobStatus.Completed, run.Outcome);
    }

    /// <summary>Six things a minute join for ten minutes; on AWS they get the job at once, outside the rate.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_joins_a_continuous_job_gets_it_too(bool atRate)
    {
        var rollout = Constant(60) with { Continuous = true, Controls = atRate ? new JobControls { LateJoinersAtRate = true } : null };
        var run = Run(rollout, Model(new() { DownloadSeconds = Distribution.Of(0) }) with { Joins = new JoinModel(Distribution.Of(6), 10) }, 300);
        Assert.Equal((JobStatus.InProgress, (int?)null, 60, 360, false), (run.Outcome, run.EndedAtSecond, run.Joined, run.Counts.Succeeded, run.PastHorizon));
        // At the rate they wait behind the fleet, which takes five minutes; at once they come besides it.
        Assert.Equal(atRate ? [60, 300, 336, 360] : [66, 330, 336, 360], new[] { 1, 5, 6, 10 }.Select(minute => run.Timeline[minute].Started));
    }

    [Fact]
    public void A_snapshot_takes_nobody_who_joins() => Assert.Equal(
        (JobStatus.Completed, 0, 300),
        Run(Constant(60), Model(new()) with { Joins = new JoinModel(Distribution.Of(6), 10) }, 300) is var run ? (run.Outcome, run.Joined, run.Counts.All) : default);

    [Fact]
    public void A_rate_that_grows_with_successes_waits_for_them()
    {
        var rollout = Constant(120) with { Rate = new RolloutRate(120, new RateGrowth(60, 2, new RateStep(60, BySucceeded: true))) };
        var run = Run(rollout, Model(new() { DownloadSeconds = Distribution.Of(100) }), 400);
        // The sixtieth starts in second 59 and succeeds 100 s later.
        Assert.Equal([(60, 0), (120, 159)], run.Stages.Select(stage => (stage.PerMinute, stage.StartsAtSecond)));
    }

    /// <summary>AWS: Jobs > Abort: 20 % FAILED of at least 5 executed.</summary>
    [Fact]
    public void The_abort_rule_stops_at_the_fifth_of_ten()
    {
        var rollout = Constant(1) with { Abort = [new AbortCriterion(FailureType.Failed, 20, 5)] };
        var run = Run(rollout, Model(new() { DownloadSeconds = Distribution.Of(0), FailureRate = Distribution.Of(1) }), 10);
        Assert.Equal((JobStatus.Canceled, 240, 0), (run.Outcome, run.EndedAtSecond, run.AbortedBy));
        Assert.Equal((5, 5, 5), (run.Hurt, run.Counts.Failed, run.Counts.All));
    }

    [Fact]
    public void After_an_abort_the_queued_are_canceled_and_those_in_progress_end()
    {
        // Second 0 starts one device a second; each fails after 10 s. The first of five failures comes in second 10, the fifth in second 14.
        var rollout = Constant(60) with { Abort = [new AbortCriterion(FailureType.All, 50, 5)] };
        var run = Run(rollout, Model(new() { DownloadSeconds = Distribution.Of(10), RevertRate = Distribution.Of(1) }), 1000);
        Assert.Equal((JobStatus.Canceled, 14), (run.Outcome, run.EndedAtSecond));
        // Seconds 5 to 13 have started nine more; the one of second 14 is not started, since abort comes before start.
        Assert.Equal((5, 14, 14), (run.Hurt, run.HurtInTheEnd, run.Reverted));
        Assert.Equal((14, 23), (run.Counts.All, run.LastSecond));
    }

    [Fact]
    public void Devices_that_are_off_for_longer_than_the_rollout_are_canceled_by_the_abort()
    {
        var rollout = Constant(60) with { Abort = [new AbortCriterion(FailureType.Rejected, 1, 3)] };
        var model = Model(new() { Online = Distribution.Of(0.5), RejectRate = Distribution.Of(1), OfflineMinutes = Distribution.Of(600) });
        var run = Run(rollout, model, 100);
        Assert.Equal((JobStatus.Canceled, 3L), (run.Outcome, run.Counts.Rejected));
        Assert.Equal(run.Counts.All - 3, run.Counts.Canceled);
        Assert.Equal(0, run.Counts.Open);
        Assert.True(run.LastSecond < 600, "Nothing waits for a device whose execution was canceled.");
    }

    [Fact]
    public void Silent_devices_time_out_and_slow_ones_too()
    {
        var rollout = Constant(60) with { TimeoutMinutes = 5 };
        var silent = Run(rollout, Model(new() { DownloadSeconds = Distribution.Of(20), StallRate = Distribution.Of(0.1) }), 60);
        Assert.Equal((54, 6), (silent.Counts.Succeeded, silent.Counts.TimedOut));
        Assert.Equal(JobStatus.Completed, silent.Outcome);

        var slow = Run(rollout, Model(new() { DownloadSeconds = Distribution.Of(301) }), 60);
        Assert.Equal((60, 59 + 300), (slow.Counts.TimedOut, slow.EndedAtSecond));
        var justInTime = Run(rollout, Model(new() { DownloadSeconds = Distribution.Of(300) }), 60);
        Assert.Equal((60, 59 + 300), (justInTime.Counts.Succeeded, justInTime.EndedAtSecond));
    }

    /// <summary>AWS: Jobs > Timeouts: the timer starts with IN_PROGRESS, so a queued execution never times out.</summary>
    [Fact]
    public void Devices_that_are_offline_stay_queued_and_finish_once_they_are_back()
    {
        var rollout = Constant(60) with { TimeoutMinutes = 5 };
        var model = Model(new() { Online = Distribution.Of(0.9), DownloadSeconds = Distribution.Of(10), OfflineMinutes = Distribution.Of(60) });
        var run = Run(rollout, model, 100);
        Assert.Equal(10, run.Timeline[30].Queued);
        Assert.Equal((100, 0), (run.Counts.Succeeded, run.Counts.TimedOut));
        Assert.InRange(run.EndedAtSecond!.Value, 3600 + 10, 3600 + 110);

        var forEver = Run(rollout, Model(new() { Online = Distribution.Of(0.9) }), 100);
        Assert.Equal((JobStatus.InProgress, null, 10), (forEver.Outcome, forEver.EndedAtSecond, forEver.Counts.Queued));
        Assert.False(forEver.PastHorizon);
    }

    [Fact]
    public void A_continuous_job_never_completes_and_its_forecast_ends_all_the_same()
    {
        var run = Run(Constant(1000) with { Continuous = true }, FleetModel.Default, 100);
        Assert.Equal((JobStatus.InProgress, null, 100), (run.Outcome, run.EndedAtSecond, run.Counts.Succeeded));
    }

    [Fact]
    public void What_is_not_over_at_the_horizon_is_told_as_it_stands()
    {
        var run = Run(Constant(1), FleetModel.Default, 200_000);
        Assert.True(run.PastHorizon);
        Assert.Equal((JobStatus.InProgress, RolloutForecast.HorizonSeconds), (run.Outcome, run.LastSecond));
        Assert.Equal(RolloutForecast.HorizonSeconds / 60, run.Timeline[^1].Started);
    }

    [Fact]
    public void A_million_devices_take_a_bounded_number_of_steps()
    {
        var rollout = Constant(1000) with { Abort = [new AbortCriterion(FailureType.Failed, 10, 100)], TimeoutMinutes = 30 };
        var model = Model(new() { FailureRate = Distribution.Of(0.02), DownloadSeconds = new Distribution(DistributionKind.Normal, 120, 30), StallRate = Distribution.Of(0.01) });
        var run = Run(rollout, model, 1_000_000);
        Assert.Equal((20_000, 10_000, 970_000), (run.Counts.Failed, run.Counts.TimedOut, run.Counts.Succeeded));
        // Started, reached, ended and looked at, and one look a second of the rollout.
        Assert.InRange(run.Events, 3_000_000, 4_100_000);
        Assert.Equal(1000, run.Stages[0].PerMinute);
        Assert.Equal(59_999, run.Stages[0].EndsAtSecond);
    }

    private static ForecastRun Run(PlannedRollout rollout, FleetModel model, int devices) => RolloutForecast.Run(rollout, model, devices, 1, record: true);

    private static PlannedRollout Constant(int perMinute) => new(new RolloutRate(perMinute), [], null, Continuous: false);

    private static FleetModel Model(DeviceProfile profile) => new([new DeviceClass("", 1, profile)]);
}
