using CsCheck;
using Godwit.Core.Jobs;
using Godwit.Core.Planning;

namespace Godwit.Core.Tests.Planning;

public class RolloutForecastProperties
{
    private static readonly Gen<Distribution> GenShare = Gen.Frequency((3, Gen.Const(0.0)), (3, Gen.Double[0, 0.25])).Select(Distribution.Of);

    private static readonly Gen<Distribution> GenSeconds = Gen.OneOf(
        Gen.Int[0, 90].Select(seconds => Distribution.Of(seconds)),
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 200]).Select((a, width) => new Distribution(DistributionKind.Uniform, a, a + width)),
        Gen.Select(Gen.Int[1, 90], Gen.Int[0, 60]).Select((mean, sd) => new Distribution(DistributionKind.Normal, mean, sd)),
        Gen.Int[1, 90].Select(mean => new Distribution(DistributionKind.Exponential, mean)),
        Gen.Int[0, 200].Array[1, 5].Select(values => new Distribution(DistributionKind.Empirical, 0, 0, [.. values])));

    private static readonly Gen<DeviceProfile> GenProfile =
        Gen.Select(GenShare, GenShare, GenShare, GenShare, GenSeconds, Gen.Double[0.5, 1], Gen.Frequency((1, Gen.Const(-1)), (3, Gen.Int[0, 1200])))
            .Select((fails, rejects, reverts, stalls, download, online, offline) => new DeviceProfile
            {
                FailureRate = fails, RejectRate = rejects, RevertRate = reverts, StallRate = stalls, DownloadSeconds = download,
                Online = Distribution.Of(offline % 3 == 0 ? 1 : online), OfflineMinutes = offline < 0 ? null : Distribution.Of(offline),
            });

    private static readonly Gen<JoinModel?> GenJoins = Gen.Frequency(
        (2, Gen.Const((JoinModel?)null)),
        (1, Gen.Select(Gen.Int[1, 400].Select(hundredths => Distribution.Of(hundredths / 100.0)), Gen.Int[1, 40]).Select((each, minutes) => (JoinModel?)new JoinModel(each, minutes))),
        (1, Gen.Select(Gen.Int[0, 5], Gen.Int[1, 40]).Select((mean, minutes) => (JoinModel?)new JoinModel(new Distribution(DistributionKind.Exponential, mean), minutes))));

    private static readonly Gen<FleetModel> GenModel = Gen.Select(GenProfile, GenProfile, Gen.Bool, Gen.Double[0.1, 0.9], GenJoins)
        .Select((one, other, two, share, joins) => new FleetModel(two ? [new("a", share, one), new("b", 1 - share, other)] : [new("", 1, one)]) { Joins = joins });

    private static readonly Gen<RolloutRate> GenRate = Gen.Frequency(
        (1, Gen.Int[1, 300].Select(rate => new RolloutRate(rate))),
        // Factors that are exact in binary, so that the plain reference may count in decimals.
        (2, Gen.Select(Gen.Int[1, 60], Gen.Int[3, 6].Select(halves => halves / 2.0), Gen.Int[1, 40], Gen.Int[1, 300], Gen.Bool)
            .Select((start, factor, things, more, bySucceeded) => new RolloutRate(start + more, new RateGrowth(start, factor, new RateStep(things, bySucceeded))))));

    private static readonly Gen<RetryPolicy> GenRetries = Gen.Frequency(
        (2, Gen.Const(default(RetryPolicy))),
        (1, Gen.Int[1, 3].Select(RetryPolicy.ForAll)),
        (1, Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3]).Select((failed, timedOut) => new RetryPolicy(failed, timedOut, false))));

    /// <summary>Stages and caps may hold a rollout for ever; with windows besides, its forecast would go on to the horizon, which takes the plain reference too long.</summary>
    private static readonly Gen<(JobControls? Controls, JobSchedule Schedule)> GenLimits = Gen.Frequency(
        (2, Gen.Const(((JobControls?)null, JobSchedule.Always))),
        (2, Gen.Select(Gen.Int[1, 99].Array[0, 2], Gen.Int[1, 100], Gen.Int[1, 40], Gen.Int[0, 30]).Select((stages, bar, cap, queued) => ((JobControls?)new JobControls
        {
            Stages = stages.Length == 0 ? [] : [.. stages.Distinct().Order().Select(stage => (double)stage), 100], StageSuccess = bar,
            MaxInFlight = cap > 30 ? null : cap, QueuedTimeoutMinutes = queued == 0 ? null : queued,
        }, JobSchedule.Always))),
        (2, Gen.Select(Gen.Int[0, 30], Gen.Int[1, 40], Gen.Int[1, 20], Gen.Int[1, 90], Gen.Enum<EndBehavior>()).Select((queued, every, length, end, behavior) => (
            queued == 0 ? null : (JobControls?)new JobControls { QueuedTimeoutMinutes = queued },
            new JobSchedule(null, end > 60 ? null : DateTimeOffset.UnixEpoch.AddMinutes(end), behavior, every > 30 ? [] : [Window(every, length)])))));

    private static readonly Gen<PlannedRollout> GenRollout = Gen.Select(
            GenRate, Gen.Select(Gen.Enum<FailureType>(), Gen.Int[100, 9900], Gen.Int[1, 30]).Select((type, hundredths, min) => new AbortCriterion(type, hundredths / 100.0, min)).List[0, 2],
            Gen.Frequency((1, Gen.Const(0)), (2, Gen.Int[1, 5])), GenRetries, GenLimits, Gen.Int[0, 3])
        // Windows without an end go on for ever for a job that never completes, which takes the plain reference too long.
        .Select((rate, abort, timeout, retries, limits, kind) => new PlannedRollout(
            rate, abort, timeout == 0 ? null : timeout, Continuous: kind > 1 && (limits.Schedule.Windows.Count == 0 || limits.Schedule.End is not null))
        {
            Retries = retries, Schedule = limits.Schedule,
            Controls = kind == 3 ? (limits.Controls ?? new JobControls()) with { LateJoinersAtRate = true } : limits.Controls,
        });

    private static RecurringWindow Window(int everyMinutes, int minutes) => new(
        after => DateTimeOffset.UnixEpoch.AddMinutes((Math.Floor((after - DateTimeOffset.UnixEpoch).TotalMinutes / everyMinutes) + 1) * everyMinutes), TimeSpan.FromMinutes(minutes));

    [Fact]
    public void A_forecast_equals_the_rollout_told_plainly() =>
        Gen.Select(GenRollout, GenModel, Gen.Int[1, 120], Gen.ULong).Sample((rollout, model, devices, seed) =>
        {
            var slow = new SlowForecast(rollout, model, devices, seed);
            slow.Run();
            var fast = RolloutForecast.Run(rollout, model, devices, seed, record: true);
            Assert.Equal((slow.Outcome, slow.EndedAt), (fast.Outcome.Wire(), fast.EndedAtSecond));
            Assert.False(fast.PastHorizon);
            Assert.Equal(slow.Timeline, fast.Timeline);
            if (slow.EndedAt is not null)
                Assert.Equal(slow.Hurt, fast.Hurt);
        }, iter: 400);

    [Fact]
    public void A_seed_gives_the_same_forecast_every_time_and_without_its_timeline_too() =>
        Gen.Select(GenRollout, GenModel, Gen.Int[1, 300], Gen.ULong).Sample((rollout, model, devices, seed) =>
        {
            var one = RolloutForecast.Run(rollout, model, devices, seed, record: true);
            var other = RolloutForecast.Run(rollout, model, devices, seed, record: true);
            Assert.Equal(one.Timeline, other.Timeline);
            Assert.Equal(one.Stages, other.Stages);
            var unrecorded = RolloutForecast.Run(rollout, model, devices, seed, record: false);
            Assert.Equal((one.EndedAtSecond, one.Hurt, one.Counts), (unrecorded.EndedAtSecond, unrecorded.Hurt, unrecorded.Counts));
            Assert.Empty(unrecorded.Timeline);
        }, iter: 100);

    [Fact]
    public void Executions_are_never_lost_and_the_rate_is_never_exceeded() =>
        Gen.Select(GenRollout, GenModel, Gen.Int[1, 3000], Gen.ULong).Sample((rollout, model, devices, seed) =>
        {
            var run = RolloutForecast.Run(rollout, model, devices, seed, record: true);
            // Retries and, on AWS, late joiners come outside the rate.
            var retries = rollout.Retries != default || run.Joined > 0;
            foreach (var (row, before) in run.Timeline.Skip(1).Zip(run.Timeline))
            {
                Assert.Equal(row.Started, row.Queued + row.InProgress + row.Succeeded + row.Failed + row.Rejected + row.TimedOut + row.Canceled);
                Assert.True(row.Started >= before.Started && (retries || row.Started - before.Started <= rollout.Rate.MaximumPerMinute));
                Assert.Equal(before.Minute + 1, row.Minute);
            }
            Assert.InRange(run.Counts.All - run.Retried - run.Stages.Sum(stage => stage.Started), 0, run.Joined);
            Assert.InRange(run.HurtInTheEnd, 0, devices + run.Joined);
            Assert.Equal(run.Counts.All, run.Timeline[^1].Started);
        }, iter: 100);

    [Fact]
    public void The_curve_has_few_points_and_passes_through_the_rows_of_the_timeline() =>
        Gen.Select(GenRollout, GenModel, Gen.Int[1, 3000], Gen.ULong).Sample((rollout, model, devices, seed) =>
        {
            var run = RolloutForecast.Run(rollout, model, devices, seed, record: true);
            Assert.InRange(run.Curve.Count, 2, 481);
            Assert.Equal(run.Curve.Select(point => point.Second).Distinct().Order(), run.Curve.Select(point => point.Second));
            Assert.Equal(new ForecastPoint(0, 0, 0, 0), run.Curve[0]);
            Assert.Equal((run.Counts.All, run.Counts.Succeeded), (run.Curve[^1].Started, run.Curve[^1].Succeeded));
            foreach (var point in run.Curve.Where(point => point.Second % 60 == 0 && point.Second / 60 < run.Timeline.Count))
            {
                var row = run.Timeline[point.Second / 60];
                Assert.Equal((row.Started, row.Succeeded, row.Failed + row.Rejected + row.TimedOut), (point.Started, point.Succeeded, point.Hurt));
            }
        }, iter: 60);

    [Fact]
    public void So_many_join_as_the_model_says_evenly_and_in_order() =>
        Gen.Select(Gen.Int[0, 5000], Gen.Int[0, 600], Gen.ULong).Sample((hundredths, minutes, seed) =>
        {
            var joiners = new LateJoiners(new JoinModel(Distribution.Of(hundredths / 100.0), minutes), seed);
            var seconds = new List<int>();
            while (joiners.Next() is { } second)
                seconds.Add(second);
            Assert.Equal((int)((long)hundredths * minutes / 100), seconds.Count);
            Assert.Equal(seconds.Order(), seconds);
            Assert.True(seconds.TrueForAll(second => second < minutes * 60));
            foreach (var minute in seconds.GroupBy(second => second / 60))
                Assert.InRange(minute.Count(), hundredths / 100, (hundredths / 100) + 1);
        }, iter: 200);

    [Fact]
    public void Shares_are_met_to_the_device() =>
        Gen.Select(Gen.Int[0, 100], Gen.Int[0, 100], Gen.Int[1, 500], Gen.ULong).Sample((first, second, devices, seed) =>
        {
            var (fails, online) = (first / 100.0, second / 100.0);
            var model = new FleetModel([new("", 1, new() { FailureRate = Distribution.Of(fails), Online = Distribution.Of(online), OfflineMinutes = Distribution.Of(1) })]);
            var sampler = new FleetSampler(model, devices, seed);
            var fates = Enumerable.Range(0, devices).Select(_ => sampler.Next()).ToList();
            Assert.InRange(fates.Count(fate => fate.End == DeviceEnd.Fails) - (fails * devices), -0.5001, 0.5001);
            Assert.InRange(fates.Count(fate => fate.ReachableAfterSeconds == 0) - (online * devices), -0.5001, 0.5001);
        });
}
