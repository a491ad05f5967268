using Godwit.Core.Jobs;
using Godwit.Server.Jobs;

namespace Godwit.Simulation;

/// <summary>What jobs the operator makes: every config at one time or another, in sizes that let a fleet be through within some minutes.</summary>
internal sealed partial class SimOperator
{
    private void PlanOta(string id, int image, TimeSpan at)
    {
        _jobs.Add(id);
        var request = Shape(new CreateJob.Request
        {
            JobId = id,
            Targets = [s_caller.IotArn("thinggroup/ota")],
            Document = SimImage.Document(image),
            // Agents that give an image up do not always say so; only a time-out ends those.
            TimeoutConfig = new TimeoutConfig { InProgressTimeoutInMinutes = _random.Between(3, 10) },
        });
        _world.Agenda.In(at, () => Create(request));
    }

    /// <param name="taken">What follows once it is there; such a job is left alone by everybody.</param>
    private void PlanJob(string id, TimeSpan at, Action? taken = null)
    {
        if (taken is null)
            _jobs.Add(id);
        var continuous = _random.Chance(0.45);
        if (continuous && taken is null)
            _continuous.Add(id);
        string[] targets = _random.Below(5) switch
        {
            0 => ["thinggroup/all"],
            1 => ["thinggroup/a", "thinggroup/b"],
            2 => ["thinggroup/b", "thing/" + Spare(), "thinggroup/all"],
            3 => ["thinggroup/a1", "thinggroup/a"],
            _ => ["thinggroup/a", "thing/" + Spare()],
        };
        var request = Shape(new CreateJob.Request
        {
            JobId = id,
            Targets = [.. targets.Select(s_caller.IotArn)],
            Document = """{"do":"it"}""",
            TargetSelection = continuous ? "CONTINUOUS" : "SNAPSHOT",
            TimeoutConfig = _random.Chance(0.6) || _world.IsLate ? new TimeoutConfig { InProgressTimeoutInMinutes = _world.IsLate ? 1 : _random.Between(1, 6) } : null,
        });
        _world.Agenda.In(at, () => Create(Scheduled(request), taken));
    }

    /// <summary>A rate at which the fleet is through within some minutes, and, sometimes, rules for an abort, for retries, and what AWS has no member for.</summary>
    private CreateJob.Request Shape(CreateJob.Request request) => request with
    {
        JobExecutionsRolloutConfig = Rate(),
        AbortConfig = _random.Chance(0.5) ? new AbortConfig { CriteriaList = [.. Enumerable.Range(0, _random.Between(1, 2)).Select(_ => Criterion())] } : null,
        JobExecutionsRetryConfig = _random.Chance(0.35) ? Retries(request.TimeoutConfig is not null) : null,
        Controls = _random.Chance(0.3) ? Controls(request.TargetSelection == "CONTINUOUS") : null,
    };

    private JobExecutionsRolloutConfig? Rate()
    {
        var least = Math.Max(6, _world.Fleet.Devices.Count / 10);
        var maximum = Math.Min(1000, _random.Pick(least, least + 1, least * 3, 60, 90, 600, 1000));
        return _random.Below(4) switch
        {
            0 => null,
            1 when maximum > least => new JobExecutionsRolloutConfig
            {
                MaximumPerMinute = maximum,
                ExponentialRate = new ExponentialRolloutRate
                {
                    BaseRatePerMinute = _random.Between(least / 2, least - 1),
                    IncrementFactor = _random.Between(12, 40) / 10.0,
                    RateIncreaseCriteria = _random.Chance(0.5)
                        ? new RateIncreaseCriteria { NumberOfNotifiedThings = _random.Between(3, 20) }
                        : new RateIncreaseCriteria { NumberOfSucceededThings = _random.Between(3, 20) },
                },
            },
            _ => new JobExecutionsRolloutConfig { MaximumPerMinute = maximum },
        };
    }

    private AbortCriteria Criterion() => new()
    {
        FailureType = _random.Pick("FAILED", "REJECTED", "TIMED_OUT", "ALL"),
        Action = "CANCEL",
        ThresholdPercentage = _random.Pick(5, 12.5, 33.33, 50),
        MinNumberOfExecutedThings = _random.Between(1, 10),
    };

    private JobExecutionsRetryConfig Retries(bool timed)
    {
        var failed = new RetryCriteria { FailureType = "FAILED", NumberOfRetries = _random.Between(1, 3) };
        return new JobExecutionsRetryConfig
        {
            CriteriaList = _random.Below(3) switch
            {
                0 when timed => [failed, new RetryCriteria { FailureType = "TIMED_OUT", NumberOfRetries = _random.Between(1, 2) }],
                1 when timed => [new RetryCriteria { FailureType = "ALL", NumberOfRetries = _random.Between(1, 3) }],
                _ => [failed],
            },
        };
    }

    /// <summary>Devices that were off for long meet a time-out of what is queued; stages that never meet their bar hold a rollout for good, as they should.</summary>
    private JobControls Controls(bool continuous) => new()
    {
        Stages = _random.Below(3) switch { 0 => [10, 50, 100], 1 => [2.5, 100], _ => [] },
        StageSuccess = _random.Pick<double?>(null, 40, 66.67, 80),
        MaxInFlight = _random.Chance(0.5) ? _random.Between(1, 12) : null,
        QueuedTimeoutMinutes = _random.Chance(0.4) ? _random.Between(1, 4) : null,
        LateJoinersAtRate = continuous && _random.Chance(0.5),
        ShuffleSeed = _random.Chance(0.4) ? $"seed {_random.Below(1000)}" : null,
    };

    /// <summary>Within minutes rather than from half an hour ahead on: as an OTA update's job is made whose start was checked when the update was taken.</summary>
    private CreateJob.Request Scheduled(CreateJob.Request request)
    {
        if (!_random.Chance(0.35))
            return request;
        var minute = new DateTimeOffset(_world.Agenda.WallClock.Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero);
        var start = _random.Chance(0.7) ? minute.AddMinutes(_random.Between(1, 4)) : (DateTimeOffset?)null;
        var end = _random.Chance(0.7) ? (start ?? minute).AddMinutes(_random.Between(2, 9)) : (DateTimeOffset?)null;
        var windowed = request.TargetSelection == "CONTINUOUS" && _random.Chance(0.6);
        return request with
        {
            ScheduleChecked = true,
            SchedulingConfig = new SchedulingConfig
            {
                StartTime = start is { } from ? ScheduleTimes.Write(from) : null,
                EndTime = end is { } to ? ScheduleTimes.Write(to) : null,
                EndBehavior = end is null ? null : _random.Pick(null, "STOP_ROLLOUT", "CANCEL", "FORCE_CANCEL"),
                MaintenanceWindows = windowed ? [.. Enumerable.Range(0, _random.Between(1, 2)).Select(_ => Window())] : null,
            },
        };
    }

    private MaintenanceWindow Window()
    {
        var (first, every) = (_random.Below(10), _random.Pick(10, 12, 15));
        var minutes = Enumerable.Range(0, 60 / every).Select(i => (first + (i * every)) % 60).Order();
        return new MaintenanceWindow { StartTime = $"cron({string.Join(',', minutes)} * * * ? *)", DurationInMinutes = _random.Between(2, 6) };
    }
}
