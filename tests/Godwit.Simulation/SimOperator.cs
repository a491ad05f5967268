using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Jobs;
using Godwit.Server.Things;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Simulation;

/// <summary>Whoever runs the rollouts: creates jobs, lets things join and leave, cancels, deletes. Asks again when the server died before it answered.</summary>
internal sealed class SimOperator
{
    private static readonly Caller s_caller = new(World.Account, World.Region, $"arn:aws:iam::{World.Account}:user/sim", "AKIASIM");

    private readonly World _world;
    private readonly SimRandom _random;
    private readonly List<string> _jobs = [];

    public SimOperator(World world)
    {
        (_world, _random) = (world, SimRandom.Of(world.Seed, "operator"));
    }

    /// <summary>Requests that have no answer yet.</summary>
    public int Open { get; private set; }

    public string AnyJob(SimRandom random) => _jobs[random.Below(_jobs.Count)];

    public void Plan(TimeSpan within)
    {
        PlanOta("ota-2", 0, TimeSpan.FromSeconds(_random.Between(1, 30)));
        if (_random.Chance(0.3))
            PlanOta("ota-3", 1, _random.Time(TimeSpan.FromSeconds(30), within));
        for (var i = 0; i < _random.Between(1, 3); i++)
            PlanJob($"job-{i}", _random.Time(TimeSpan.FromSeconds(1), within / 2));
        for (var i = 0; i < _random.Between(0, 10); i++)
            _world.Agenda.In(Moment(within), Join);
        for (var i = 0; i < _random.Between(0, 5); i++)
            _world.Agenda.In(Moment(within), Leave);
        if (_random.Chance(0.3))
            _world.Agenda.In(Moment(within), CancelAnExecution);
        if (_random.Chance(0.2))
            _world.Agenda.In(Moment(within), CancelAJob);
        if (_random.Chance(0.15))
            _world.Agenda.In(Moment(within), DeleteAJob);
        if (_random.Chance(0.2))
            _world.Agenda.In(Moment(within), DeleteAThing);
    }

    private TimeSpan Moment(TimeSpan within) => _random.Time(TimeSpan.FromSeconds(5), within);

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

    private void PlanJob(string id, TimeSpan at)
    {
        _jobs.Add(id);
        string[] targets = _random.Below(4) switch
        {
            0 => ["thinggroup/all"],
            1 => ["thinggroup/a", "thinggroup/b"],
            2 => ["thinggroup/b", "thing/" + Spare(), "thinggroup/all"],
            _ => ["thinggroup/a", "thing/" + Spare()],
        };
        var request = Shape(new CreateJob.Request
        {
            JobId = id,
            Targets = [.. targets.Select(s_caller.IotArn)],
            Document = """{"do":"it"}""",
            TargetSelection = _random.Chance(0.4) ? "CONTINUOUS" : "SNAPSHOT",
            TimeoutConfig = _random.Chance(0.6) ? new TimeoutConfig { InProgressTimeoutInMinutes = _random.Between(1, 6) } : null,
        });
        _world.Agenda.In(at, () => Create(request));
    }

    /// <summary>A rate at which the fleet is through within some minutes, and, sometimes, rules for an abort and for retries.</summary>
    private CreateJob.Request Shape(CreateJob.Request request)
    {
        var least = Math.Max(6, _world.Fleet.Devices.Count / 10);
        var maximum = Math.Min(1000, _random.Pick(least, least + 1, least * 3, 60, 90, 600, 1000));
        var rate = _random.Below(4) switch
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
        return request with
        {
            JobExecutionsRolloutConfig = rate,
            AbortConfig = _random.Chance(0.5) ? new AbortConfig { CriteriaList = [.. Enumerable.Range(0, _random.Between(1, 2)).Select(_ => Criterion())] } : null,
            JobExecutionsRetryConfig = _random.Chance(0.3)
                ? new JobExecutionsRetryConfig { CriteriaList = [new RetryCriteria { FailureType = "FAILED", NumberOfRetries = _random.Between(1, 3) }] }
                : null,
        };
    }

    private AbortCriteria Criterion() => new()
    {
        FailureType = _random.Pick("FAILED", "REJECTED", "TIMED_OUT", "ALL"),
        Action = "CANCEL",
        ThresholdPercentage = _random.Pick(5, 12.5, 33.33, 50),
        MinNumberOfExecutedThings = _random.Between(1, 10),
    };

    private void Create(CreateJob.Request request) => Ask(
        "create " + request.JobId, s => s.GetRequiredService<CreateJob>().Handle(s_caller, request, CancellationToken.None), _ => _world.Invariants.OnCreated(request.JobId));

    private void Join()
    {
        var (thing, group) = (Spare(), _random.Pick("a", "b"));
        Ask($"join {thing} {group}", s => s.GetRequiredService<AddThingToThingGroup>().Handle(
            s_caller, new AddThingToThingGroup.Request { ThingName = thing, ThingGroupName = group }, CancellationToken.None));
    }

    private void Leave()
    {
        var (thing, group) = ($"t{_random.Below(_world.Fleet.Devices.Count):D3}", _random.Pick("a", "b", "ota"));
        Ask($"leave {thing} {group}", s => s.GetRequiredService<RemoveThingFromThingGroup>().Handle(
            s_caller, new RemoveThingFromThingGroup.Request { ThingName = thing, ThingGroupName = group }, CancellationToken.None));
    }

    private void CancelAnExecution()
    {
        var request = new CancelJobExecution.Request
        {
            JobId = AnyJob(_random), ThingName = $"t{_random.Below(_world.Fleet.Devices.Count):D3}", Force = _random.Chance(0.5),
        };
        Ask($"cancel {request.JobId} of {request.ThingName}", s => s.GetRequiredService<CancelJobExecution>().Handle(s_caller, request, CancellationToken.None));
    }

    private void CancelAJob()
    {
        var request = new CancelJob.Request { JobId = AnyJob(_random), Force = _random.Chance(0.5) };
        Ask($"cancel {request.JobId}", s => s.GetRequiredService<CancelJob>().Handle(s_caller, request, CancellationToken.None), _ => _world.Invariants.OnCanceled(request.JobId));
    }

    private void DeleteAJob()
    {
        var request = new DeleteJob.Request { JobId = AnyJob(_random), Force = true };
        Ask($"delete {request.JobId}", s => s.GetRequiredService<DeleteJob>().Handle(s_caller, request, CancellationToken.None));
    }

    private void DeleteAThing()
    {
        var thing = $"t{_random.Below(_world.Fleet.Devices.Count):D3}";
        Ask(
            $"delete thing {thing}", s => s.GetRequiredService<DeleteThing>().Handle(s_caller, new DeleteThing.Request { ThingName = thing }, CancellationToken.None),
            _ => _world.Fleet[thing].Retire());
    }

    /// <summary>The last tenth of the devices belongs to no group at first.</summary>
    private string Spare() => $"t{_world.Fleet.Devices.Count - 1 - _random.Below(Math.Max(1, _world.Fleet.Devices.Count / 10)):D3}";

    private void Ask<T>(string what, Func<IServiceProvider, Task<Result<T>>> operation, Action<T>? done = null)
    {
        var answered = false;
        var server = _world.Server;
        Open++;
        if (server is { Dead: false })
            server.Call(operation, result =>
            {
                answered = true;
                Open--;
                _world.Note($"{what}: {(result.IsOk ? "ok" : result.Error.Code)}");
                if (result.IsOk)
                    done?.Invoke(result.Value);
            });
        // Nobody answered: whether it was done is not known, so it is asked again.
        _world.Agenda.In(TimeSpan.FromSeconds(10), () =>
        {
            if (answered)
                return;
            Open--;
            Ask(what, operation, done);
        });
    }
}
