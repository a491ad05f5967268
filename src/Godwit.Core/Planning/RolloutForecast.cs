using Godwit.Core.Jobs;

namespace Godwit.Core.Planning;

/// <summary>
/// A rollout in simulated time, by the rules that the runner asks: <see cref="JobTick"/> at every moment at which a job is looked at in production, that is when
/// its wait is over, when an execution ended and a rule depends on it, and when the last one ended. Devices follow a <see cref="FleetModel"/>; the clock has whole
/// seconds. Events of one second happen in the order in which they were caused.
/// </summary>
public sealed class RolloutForecast
{
    /// <summary>A hundred days; what is not over then is reported as it stands.</summary>
    public const int HorizonSeconds = 100 * 24 * 60 * 60;

    private static readonly DateTimeOffset Zero = DateTimeOffset.UnixEpoch;

    private readonly PlannedRollout _rollout;
    private readonly FleetSampler _devices;
    private readonly bool _watched;
    private readonly bool _record;
    private readonly CalendarQueue _queue = new();
    private readonly List<RolloutStage> _stages = [];
    private readonly List<ForecastMinute> _timeline = [];
    private JobStatus _status = JobStatus.InProgress;
    private JobCounts _counts;
    private PaceState _pace = PaceState.Start;
    private long _pending;
    private int _pacedAt;
    private int _lookAt;
    private int _now;
    private int? _endedAt;
    private int? _abortedBy;
    private long _hurt;
    private long _reverted;
    private long _running;
    private long _events;

    private RolloutForecast(PlannedRollout rollout, FleetModel model, int devices, ulong seed, bool record)
    {
        (_rollout, _pending, _record) = (rollout, devices, record);
        _devices = new FleetSampler(model, devices, seed);
        _watched = rollout.Controls is { IsPacedByEndings: true } || rollout.Abort.Count > 0 || rollout.Rate.Growth is { Every.BySucceeded: true };
    }

    /// <summary>The same arguments give the same run.</summary>
    /// <param name="record">Whether the timeline is wanted.</param>
    public static ForecastRun Run(PlannedRollout rollout, FleetModel model, int devices, ulong seed, bool record)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(devices, 1);
        return new RolloutForecast(rollout, model, devices, seed, record).Run();
    }

    private bool Open => _status == JobStatus.InProgress ? _queue.Count > 0 || _lookAt != DeviceFate.Never : _running > 0;

    private long HurtSoFar => _counts.Failed + _counts.Rejected + _counts.TimedOut;

    private ForecastRun Run()
    {
        var last = 0;
        for (_now = 0; Open && _now <= HorizonSeconds; _now++)
        {
            if (_now % 60 == 0)
                Note(_now / 60);
            var before = _events;
            _queue.GoTo(_now);
            // What a look starts reaches its devices in the same second, and what they answer is looked at.
            do
            {
                while (_queue.TryTake(out var due))
                    Handle(due);
                if (_lookAt <= _now)
                    Look();
            }
            while (_queue.HasDue);
            if (_events != before)
                last = _now;
        }
        var pastHorizon = Open;
        for (var minute = _timeline.Count; minute <= (pastHorizon ? HorizonSeconds / 60 : (last / 60) + 1); minute++)
            Note(minute);
        return new ForecastRun(
            _status, _endedAt, _abortedBy, _endedAt is null ? HurtSoFar : _hurt, HurtSoFar, _reverted, _counts, pastHorizon ? HorizonSeconds : last, pastHorizon,
            _stages, _timeline, _events);
    }

    private void Handle(in DeviceEvent due)
    {
        _events++;
        switch (due.Kind)
        {
            case DeviceEvent.What.Reached when _status == JobStatus.Canceled:
                break; // It was canceled while it waited.
            case DeviceEvent.What.Reached when due.End == DeviceEnd.Rejects:
                Ended(_counts with { Queued = _counts.Queued - 1, Rejected = _counts.Rejected + 1 });
                break;
            case DeviceEvent.What.Reached:
                Begin(due);
                break;
            case DeviceEvent.What.TimedOut:
                _running--;
                Ended(_counts with { InProgress = _counts.InProgress - 1, TimedOut = _counts.TimedOut + 1 });
                break;
            case DeviceEvent.What.Ended when due.End == DeviceEnd.Succeeds:
                _running--;
                Ended(_counts with { InProgress = _counts.InProgress - 1, Succeeded = _counts.Succeeded + 1 });
                break;
            default:
                _running--;
                _reverted += due.End == DeviceEnd.Reverts ? 1 : 0;
                Ended(_counts with { InProgress = _counts.InProgress - 1, Failed = _counts.Failed + 1 });
                break;
        }
    }

    private void Begin(in DeviceEvent due)
    {
        _counts = _counts with { Queued = _counts.Queued - 1, InProgress = _counts.InProgress + 1 };
        var reportsAt = due.End == DeviceEnd.Stalls ? (long)DeviceFate.Never : _now + due.DownloadSeconds;
        var timer = new ExecutionTimers(_rollout.TimeoutMinutes is { } minutes ? Zero.AddSeconds(_now).AddMinutes(minutes) : null, null);
        if (timer.Due is { } runsOut && Zero.AddSeconds(reportsAt) > runsOut)
            Add(due with { Second = (int)(runsOut - Zero).TotalSeconds, Kind = DeviceEvent.What.TimedOut });
        else if (due.End != DeviceEnd.Stalls)
            Add(due with { Second = (int)reportsAt, Kind = DeviceEvent.What.Ended });
    }

    private void Add(in DeviceEvent next)
    {
        _running++;
        _queue.Add(next);
    }

    /// <summary>An execution is in a terminal state: the same condition as in the database decides whether the job is looked at.</summary>
    private void Ended(JobCounts counts)
    {
        _counts = counts;
        if (_status == JobStatus.InProgress && (_watched || (_pending == 0 && counts.Open == 0)))
            Look();
    }

    private void Look()
    {
        var state = new JobState(
            _status, _rollout.Continuous, _pending, Resolving: false, _counts.All, _counts, _rollout.Rate, _rollout.Abort, _pace, TimeSpan.FromSeconds(_now - _pacedAt))
        {
            Controls = _rollout.Controls,
        };
        var decision = JobTick.Decide(state);
        _events++;
        _lookAt = decision.Wait is { } wait ? _now + (int)Math.Ceiling(wait.TotalSeconds) : DeviceFate.Never;
        if (!ReferenceEquals(decision.Pace, _pace))
            (_pace, _pacedAt) = (decision.Pace, _now);
        if (decision.AbortedBy is { } criterion)
            Abort(criterion);
        else if (decision.Complete)
            End(JobStatus.Completed);
        else if (decision.Start > 0)
            Start(decision.Start, _rollout.Rate.PerMinute(state.Notified, _counts.Succeeded));
    }

    private void Start(int count, int perMinute)
    {
        Stage(count, perMinute);
        _pending -= count;
        _counts = _counts with { Queued = _counts.Queued + count };
        for (var i = 0; i < count; i++)
        {
            _events++;
            var fate = _devices.Next();
            if (fate.ReachableAfterSeconds != DeviceFate.Never)
                _queue.Add(new DeviceEvent(_now + fate.ReachableAfterSeconds, fate.DownloadSeconds, DeviceEvent.What.Reached, fate.End));
        }
    }

    private void Abort(int criterion)
    {
        _abortedBy = criterion;
        End(JobStatus.Canceled);
        // AWS: Jobs > Abort: what is queued is canceled, what is in progress is left to finish.
        _counts = _counts with { Queued = 0, Canceled = _counts.Canceled + _counts.Queued };
    }

    private void End(JobStatus status)
    {
        (_status, _endedAt, _hurt, _lookAt) = (status, _now, HurtSoFar, DeviceFate.Never);
    }

    private void Stage(int count, int perMinute)
    {
        if (_stages.Count > 0 && _stages[^1].PerMinute == perMinute)
        {
            _stages[^1] = _stages[^1] with { Started = _stages[^1].Started + count, EndsAtSecond = _now };
            return;
        }
        if (_stages.Count > 0)
            _stages[^1] = _stages[^1] with { EndsAtSecond = _now };
        _stages.Add(new RolloutStage(perMinute, _now, _now, count));
    }

    private void Note(int minute)
    {
        if (_record)
            _timeline.Add(new ForecastMinute(
                minute, _counts.All, _counts.Queued, _counts.InProgress, _counts.Succeeded, _counts.Failed, _counts.Rejected, _counts.TimedOut, _counts.Canceled));
    }
}
