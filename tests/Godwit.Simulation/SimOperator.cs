using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Jobs;
using Godwit.Server.Journal;
using Godwit.Server.Things;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Simulation;

/// <summary>
/// Whoever runs the rollouts: creates jobs, changes, holds, cancels and deletes them, lets things and groups come and go. Asks again when the server died
/// before it answered.
/// </summary>
internal sealed partial class SimOperator
{
    private static readonly Caller s_caller = new(World.Account, World.Region, $"arn:aws:iam::{World.Account}:user/sim", "AKIASIM");

    private readonly World _world;
    private readonly SimRandom _random;
    private readonly List<string> _jobs = [];
    private readonly List<string> _continuous = [];

    public SimOperator(World world)
    {
        (_world, _random) = (world, SimRandom.Of(world.Seed, "operator"));
    }

    /// <summary>Requests that have no answer yet.</summary>
    public int Open { get; private set; }

    public string AnyJob(SimRandom random) => _jobs[random.Below(_jobs.Count)];

    public void Plan(TimeSpan within)
    {
        if (_world.HasUpdates)
            PlanUpdates(within);
        else
        {
            PlanOta("ota-2", 0, TimeSpan.FromSeconds(_random.Between(1, 30)));
            if (_random.Chance(0.3))
                PlanOta("ota-3", 1, _random.Time(TimeSpan.FromSeconds(30), within));
        }
        for (var i = 0; i < _random.Between(1, 3); i++)
            PlanJob($"job-{i}", _random.Time(TimeSpan.FromSeconds(1), within / 2));
        Often(_random.Between(0, 10), within, Join);
        Often(_random.Between(0, 5), within, Leave);
        Often(_random.Pick(0, 0, 1, 3), within, Change);
        Often(_random.Pick(0, 0, 1, 2), within, Pause);
        Maybe(0.6, within, Associate);
        Maybe(0.3, within, CancelAnExecution);
        Maybe(0.2, within, DeleteAnExecution);
        Maybe(0.2, within, CancelAJob);
        Maybe(0.15, within, DeleteAJob);
        Maybe(0.2, within, DeleteAThing);
        Maybe(0.2, within, DeleteAGroup);
    }

    /// <summary>Asks the journal what the jobs are; it must say what their tables say.</summary>
    public void CompareJournal()
    {
        var (commits, late) = (_world.Invariants.Commits, _world.Agenda.WallClock.AddYears(1));
        foreach (var job in _world.Invariants.JobIds)
            Ask(
                $"describe {job} as of then",
                s => s.GetRequiredService<DescribeJobAsOf>().Handle(s_caller, new DescribeJobAsOf.Request(job, late), CancellationToken.None),
                told => _world.Invariants.OnAsOf(told, commits));
    }

    private void Often(int times, TimeSpan within, Action action)
    {
        for (var i = 0; i < times; i++)
            _world.Agenda.In(Moment(within), action);
    }

    private void Maybe(double probability, TimeSpan within, Action action) => Often(_random.Chance(probability) ? 1 : 0, within, action);

    private TimeSpan Moment(TimeSpan within) => _random.Time(TimeSpan.FromSeconds(5), within);

    private void Create(CreateJob.Request request, Action? done = null) => Ask(
        "create " + request.JobId, s => s.GetRequiredService<CreateJob>().Handle(s_caller, request, CancellationToken.None), _ =>
        {
            _world.Invariants.OnCreated(request.JobId);
            done?.Invoke();
        });

    private void Join()
    {
        var (thing, group) = (Spare(), _random.Pick("a", "a1", "b"));
        Ask($"join {thing} {group}", s => s.GetRequiredService<AddThingToThingGroup>().Handle(
            s_caller, new AddThingToThingGroup.Request { ThingName = thing, ThingGroupName = group }, CancellationToken.None));
    }

    private void Leave()
    {
        var (thing, group) = (AnyThing(), _random.Pick("a", "a1", "b", "ota"));
        Ask($"leave {thing} {group}", s => s.GetRequiredService<RemoveThingFromThingGroup>().Handle(
            s_caller, new RemoveThingFromThingGroup.Request { ThingName = thing, ThingGroupName = group }, CancellationToken.None));
    }

    /// <summary>Another rate, another rule for aborts, another time-out, or an end of retries.</summary>
    private void Change()
    {
        var job = AnyJob(_random);
        var request = _random.Below(4) switch
        {
            0 => new UpdateJob.Request { JobId = job, JobExecutionsRolloutConfig = Rate() ?? new JobExecutionsRolloutConfig { MaximumPerMinute = 60 } },
            1 => new UpdateJob.Request { JobId = job, AbortConfig = new AbortConfig { CriteriaList = [Criterion()] } },
            2 => new UpdateJob.Request { JobId = job, TimeoutConfig = new TimeoutConfig { InProgressTimeoutInMinutes = _random.Between(2, 8) } },
            _ => new UpdateJob.Request
            {
                JobId = job, JobExecutionsRetryConfig = new JobExecutionsRetryConfig { CriteriaList = [new RetryCriteria { FailureType = _random.Pick("FAILED", "ALL"), NumberOfRetries = 0 }] },
            },
        };
        Ask($"change {job}", s => s.GetRequiredService<UpdateJob>().Handle(s_caller, request, CancellationToken.None));
    }

    /// <summary>A pause that was answered is ended again some time later.</summary>
    private void Pause()
    {
        var job = AnyJob(_random);
        Steer(job, pause: true, _ => _world.Agenda.In(_random.Time(TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(3)), () => Steer(job, pause: false, null)));
    }

    private void Steer(string job, bool pause, Action<PauseJob.Response>? done) => Ask(
        $"{(pause ? "pause" : "resume")} {job}",
        s => s.GetRequiredService<PauseJob>().Handle(s_caller, new PauseJob.Request(job, pause), CancellationToken.None),
        done);

    private void Associate()
    {
        if (_continuous.Count == 0)
            return;
        var job = _continuous[_random.Below(_continuous.Count)];
        var request = new AssociateTargetsWithJob.Request { JobId = job, Targets = [s_caller.IotArn(_random.Pick("thinggroup/b", "thinggroup/a1", "thing/" + Spare()))] };
        Ask(
            $"associate {request.JobId} {request.Targets[0]}",
            s => s.GetRequiredService<AssociateTargetsWithJob>().Handle(s_caller, request, CancellationToken.None));
    }

    private void CancelAnExecution()
    {
        var request = new CancelJobExecution.Request { JobId = AnyJob(_random), ThingName = AnyThing(), Force = _random.Chance(0.5) };
        Ask($"cancel {request.JobId} of {request.ThingName}", s => s.GetRequiredService<CancelJobExecution>().Handle(s_caller, request, CancellationToken.None));
    }

    private void DeleteAnExecution()
    {
        var request = new DeleteJobExecution.Request { JobId = AnyJob(_random), ThingName = AnyThing(), ExecutionNumber = 1, Force = _random.Chance(0.7) };
        Ask($"delete {request.JobId} of {request.ThingName}", s => s.GetRequiredService<DeleteJobExecution>().Handle(s_caller, request, CancellationToken.None));
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
        var thing = AnyThing();
        Ask(
            $"delete thing {thing}", s => s.GetRequiredService<DeleteThing>().Handle(s_caller, new DeleteThing.Request { ThingName = thing }, CancellationToken.None),
            _ => _world.Fleet[thing].Retire());
    }

    private void DeleteAGroup()
    {
        var group = _random.Pick("a1", "b");
        Ask($"delete group {group}", s => s.GetRequiredService<DeleteThingGroup>().Handle(
            s_caller, new DeleteThingGroup.Request { ThingGroupName = group }, CancellationToken.None));
    }

    private string AnyThing() => $"t{_random.Below(_world.Fleet.Devices.Count):D3}";

    /// <summary>The last tenth of the devices belongs to no group at first.</summary>
    private string Spare() => $"t{_world.Fleet.Devices.Count - 1 - _random.Below(Math.Max(1, _world.Fleet.Devices.Count / 10)):D3}";

    private void Ask<T>(string what, Func<IServiceProvider, Task<Result<T>>> operation, Action<T>? done = null)
    {
        var (answered, gaveUp) = (false, false);
        var server = _world.Server;
        Open++;
        if (server is { Dead: false })
            server.Call(operation, result =>
            {
                if (gaveUp)
                    return;
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
            gaveUp = true;
            Open--;
            Ask(what, operation, done);
        });
    }
}
