using Godwit.Core.Jobs;

namespace Godwit.Core.Planning;

/// <summary>
/// A rollout in simulated time, by the rules that the runner asks: <see cref="JobTick"/> at every moment at which a job is looked at in production, that is when
/// its wait is over, when an execution ended and a rule depends on it, and when the last one ended; <see cref="RetryRule"/>, <see cref="JobSchedule"/> and the
/// time-outs in between. Devices follow a <see cref="FleetModel"/>; the clock has whole seconds. Events of one second happen in the order in which they were caused.
/// </summary>
public sealed class RolloutForecast
{
    /// <summary>A hundred days; what is not over then is reported as it stands.</summary>
    public const int HorizonSeconds = 100 * 24 * 60 * 60;

    private readonly PlannedRollout _rollout;
    private readonly FleetSampler _devices;
    private readonly LateJoiners? _joiners;
    private readonly bool _watched;
    private readonly bool _pacedByEndings;
    private readonly bool _record;
    private readonly CalendarQueue _queue = new();
    private readonly List<RolloutStage> _stages = [];
    private readonly List<ForecastMinute> _timeline = [];
    private readonly ForecastCurve _curve = new();
    private JobStatus _status = JobStatus.InProgress;
    private JobCounts _counts;
    private PaceState _pace = PaceState.Start;
    private ScheduleMoment _moment;
    private double _momentEnds;
    private long _pending;
    private long _firstFleet;
    private long _joined;
    private int _pacedAt;
    private int _lookAt;
    private int _now;
    private int _changedAt;
    private int? _endedAt;
    private int? _abortedBy;
    private bool _forced;
    private long _hurt;
    private long _reverted;
    private long _retried;
    private long _notified;
    private long _notReached;
    private long _running;
    private long _events;

    private RolloutForecast(PlannedRollout rollout, FleetModel model, int devices, ulong seed, bool record)
    {
        (_rollout, _pending, _firstFleet, _record) = (rollout, devices, devices, record);
        _joiners = rollout.Continuous && model.Joins is { } joins ? new LateJoiners(joins, seed) : null;
        _devices = new FleetSampler(model, devices, seed);
        _pacedByEndings = rollout.Controls is { IsPacedByEndings: true } || rollout.Rate.Growth is { Every.BySucceeded: true };
        _watched = _pacedByEndings || rollout.Abort.Count > 0;
    }

    /// <summary>The same arguments give the same run.</summary>
    /// <param name="record">Whether the timeline is wanted.</param>
    public static ForecastRun Run(PlannedRollout rollout, FleetModel model, int devices, ulong seed, bool record)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(devices, 1);
        return new RolloutForecast(rollout, model, devices, seed, record).Run();
    }

    /// <summary>Whether anything can still happen. A job whose devices all have it waits for them and for its end time only, whatever windows come.</summary>
    private bool Open => _status == JobStatus.InProgress
        ? _queue.Count > 0 || (_lookAt != DeviceFate.Never && (_pending > 0 || _rollout.Schedule.End is not null))
        : _running > 0;

    /// <summary>Each retry follows a failure that has not been the device's last word.</summary>
    private long HurtSoFar => _counts.Failed + _counts.Rejected + _counts.TimedOut - _retried;

    private DateTimeOffset Clock => _rollout.Zero.AddSeconds(_now);

    private ForecastRun Run()
    {
        AwaitJoiner();
        for (_now = 0; Open && _now <= HorizonSeconds; _now = NextSecond())
        {
            NoteUpTo(_now / 60);
            if (_record)
                _curve.NoteUpTo(_now, _counts);
            _queue.GoTo(_now);
            // What a look starts reaches its devices in the same second, and what they answer is looked at.
            do
            {
                while (_queue.TryTake(out var due))
                    Handle(due);
                if (_lookAt <= _now)
                    Look();
            }
            while (_queue.HasDue || _lookAt <= _now);
        }
        var pastHorizon = Open;
        NoteUpTo(pastHorizon ? HorizonSeconds / 60 : (_changedAt / 60) + 1);
        if (_record)
            _curve.End(pastHorizon ? HorizonSeconds : _changedAt + 1, _counts);
        return new ForecastRun(
            _status, _endedAt, _abortedBy, _endedAt is null ? HurtSoFar : _hurt, HurtSoFar, _reverted, _counts, pastHorizon ? HorizonSeconds : _changedAt, pastHorizon,
            _stages, _timeline, _events)
        {
            Curve = _curve.Points, Retried = _retried, NotReached = _notReached, Joined = _joined,
        };
    }

    /// <summary>Time in which no device has anything to do and the job waits, for a window perhaps, is passed over.</summary>
    private int NextSecond() => _queue.Count > 0 || _lookAt <= _now ? _now + 1 : Math.Min(_lookAt, HorizonSeconds + 1);

    private void Handle(in DeviceEvent due)
    {
        _events += due.Devices;
        if (due.Kind == DeviceEvent.What.Joins)
        {
            Join();
            return;
        }
        _changedAt = _now;
        var one = due with { Devices = 1 };
        for (var left = due.Devices; left > 0; left--)
        {
            if (IsUnseen(due))
            {
                Happen(due with { Devices = left });
                return;
            }
            Happen(one);
        }
    }

    /// <summary>Nothing is decided between one device and the next to which it happens: it happens to them all at once.</summary>
    private bool IsUnseen(in DeviceEvent due) => due.Kind switch
    {
        DeviceEvent.What.Reached => due.End != DeviceEnd.Rejects,
        DeviceEvent.What.Ended => due.End == DeviceEnd.Succeeds && (!_watched || _status != JobStatus.InProgress),
        _ => false,
    };

    private void Happen(in DeviceEvent due)
    {
        // What was queued when the job was canceled is canceled, and with force what was in progress too.
        if (_status == JobStatus.Canceled && (_forced || due.Kind is DeviceEvent.What.Reached or DeviceEvent.What.Expired))
            return;
        switch (due.Kind)
        {
            case DeviceEvent.What.Reached when due.End == DeviceEnd.Rejects:
                Ended(_counts with { Queued = _counts.Queued - 1, Rejected = _counts.Rejected + 1 });
                break;
            case DeviceEvent.What.Reached:
                Begin(due);
                break;
            case DeviceEvent.What.Expired:
                Failed(due, JobExecutionStatus.TimedOut, _counts with { Queued = _counts.Queued - 1, TimedOut = _counts.TimedOut + 1 });
                break;
            case DeviceEvent.What.TimedOut:
                _running--;
                Failed(due, JobExecutionStatus.TimedOut, _counts with { InProgress = _counts.InProgress - 1, TimedOut = _counts.TimedOut + 1 });
                break;
            case DeviceEvent.What.Ended when due.End == DeviceEnd.Succeeds:
                _running -= due.Devices;
                Ended(_counts with { InProgress = _counts.InProgress - due.Devices, Succeeded = _counts.Succeeded + due.Devices });
                break;
            default:
                _running--;
                _reverted += due.End == DeviceEnd.Reverts ? 1 : 0;
                Failed(due, JobExecutionStatus.Failed, _counts with { InProgress = _counts.InProgress - 1, Failed = _counts.Failed + 1 });
                break;
        }
    }

    private void AwaitJoiner()
    {
        if (_joiners?.Next() is { } second)
            _queue.Add(new DeviceEvent(second, 0, 0, DeviceEvent.What.Joins, default, 0, 0, 0));
    }

    /// <summary>
    /// AWS: Jobs > Continuous jobs: who joins gets the job at once, outside the rate; outside a window, or where the request asks for it, with the rollout.
    /// After the end nobody does, and nobody else is waited for.
    /// </summary>
    private void Join()
    {
        if (_status != JobStatus.InProgress || Moment().Phase == SchedulePhase.Ended)
            return;
        AwaitJoiner();
        (_changedAt, _joined) = (_now, _joined + 1);
        if (Moment().Phase != SchedulePhase.Open || _rollout.Controls is { LateJoinersAtRate: true })
        {
            _pending++;
            Look();
            return;
        }
        _counts = _counts with { Queued = _counts.Queued + 1 };
        Queue(Reached(_devices.Joiner()));
        if (_watched)
            Look();
    }

    private void Begin(in DeviceEvent due)
    {
        _counts = _counts with { Queued = _counts.Queued - due.Devices, InProgress = _counts.InProgress + due.Devices };
        var reportsAt = due.End == DeviceEnd.Stalls ? (long)DeviceFate.Never : _now + due.DownloadSeconds;
        var timer = new ExecutionTimers(_rollout.TimeoutMinutes is { } minutes ? Clock.AddMinutes(minutes) : null, null);
        if (timer.Due is { } runsOut && _rollout.Zero.AddSeconds(reportsAt) > runsOut)
            Run(due, (int)(runsOut - _rollout.Zero).TotalSeconds, DeviceEvent.What.TimedOut);
        else if (due.End != DeviceEnd.Stalls)
            Run(due, (int)reportsAt, DeviceEvent.What.Ended);
    }

    /// <summary>How long it took to come so far matters no more, and those that end together are alike.</summary>
    private void Run(in DeviceEvent begun, int until, DeviceEvent.What ends)
    {
        _running += begun.Devices;
        _queue.Add(begun with { Second = until, Kind = ends, DownloadSeconds = 0, ReachedAt = 0 });
    }

    /// <summary>An execution has failed or timed out: the device may get another, outside the rate.</summary>
    private void Failed(in DeviceEvent due, JobExecutionStatus ended, JobCounts counts)
    {
        if (RetryRule.Next(_rollout.Retries, ended, due.Retried) is { } used && !IsStopped(counts))
        {
            // Whoever was not reached in time is reached when it would have been.
            var fate = due.Kind == DeviceEvent.What.Expired ? default : _devices.Retry(due.Class, reported: ended == JobExecutionStatus.Failed);
            var again = due with { RetriedFailed = (byte)used.Failed, RetriedTimedOut = (byte)used.TimedOut };
            Queue(due.Kind == DeviceEvent.What.Expired
                ? again
                : again with { End = fate.End, DownloadSeconds = fate.DownloadSeconds, ReachedAt = At(fate.ReachableAfterSeconds) });
            _retried++;
            counts = counts with { Queued = counts.Queued + 1 };
        }
        Ended(counts);
    }

    /// <summary>The failure that stops the job starts nothing more, nor does anything after its end time.</summary>
    private bool IsStopped(in JobCounts counts) =>
        _status != JobStatus.InProgress || Moment().Phase == SchedulePhase.Ended || AbortRule.FirstThatHolds(_rollout.Abort, counts) is not null;

    /// <summary>An execution is QUEUED: the device is reached, or the time in the queue runs out before.</summary>
    private void Queue(in DeviceEvent device)
    {
        var expires = _rollout.Controls?.QueuedTimeoutMinutes is { } minutes ? At(minutes * 60) : DeviceFate.Never;
        if (device.ReachedAt > expires)
            _queue.Add(device with { Second = expires, Kind = DeviceEvent.What.Expired });
        else if (device.ReachedAt != DeviceFate.Never)
            _queue.Add(device with { Second = Math.Max(device.ReachedAt, _now), Kind = DeviceEvent.What.Reached });
    }

    private int At(int seconds) => seconds == DeviceFate.Never ? DeviceFate.Never : _now + seconds;

    /// <summary>An execution is in a terminal state: the same condition as in the database decides whether the job is looked at.</summary>
    private void Ended(in JobCounts counts)
    {
        _counts = counts;
        if (_status == JobStatus.InProgress && ((_pending == 0 && counts.Open == 0) || (_watched && MayDecide())))
            Look();
    }

    /// <summary>
    /// Whether a look can come to something. Where endings neither pace the rollout nor raise its rate, only an abort can come of one ahead of the time at which the
    /// last look wanted the next, as long as nobody was notified since, whom a growing rate counts.
    /// </summary>
    private bool MayDecide() =>
        _pacedByEndings || _now >= _lookAt || (_rollout.Rate.Growth is not null && _counts.All - _retried != _notified)
        || (_rollout.Abort.Count > 0 && AbortRule.FirstThatHolds(_rollout.Abort, _counts) is not null);

    private void Look()
    {
        var moment = Moment();
        var state = new JobState(
            _status, _rollout.Continuous, _pending, Resolving: false, _counts.All - _retried, _counts, _rollout.Rate, _rollout.Abort, _pace, TimeSpan.FromSeconds(_now - _pacedAt))
        {
            Phase = moment.Phase, PhaseEnds = moment.Until is { } until ? until - Clock : null, AtEnd = _rollout.Schedule.AtEnd, Controls = _rollout.Controls, Retried = _retried,
        };
        var decision = JobTick.Decide(state);
        _events++;
        _notified = state.Notified;
        _lookAt = decision.Wait is { } wait ? _now + (int)Math.Min(Math.Ceiling(wait.TotalSeconds), HorizonSeconds) : DeviceFate.Never;
        if (!ReferenceEquals(decision.Pace, _pace))
            (_pace, _pacedAt) = (decision.Pace, _now);
        if (decision.AbortedBy is { } criterion)
        {
            _abortedBy = criterion;
            Cancel(force: false);
        }
        else if (decision.End)
            ReachEndTime();
        else if (decision.Complete)
            End(JobStatus.Completed);
        else if (decision.Start > 0)
            Start(decision.Start, _rollout.Rate.PerMinute(state.Notified, _counts.Succeeded));
    }

    /// <summary>The schedule is asked again only when its phase may have changed.</summary>
    private ScheduleMoment Moment()
    {
        if (_now < _momentEnds)
            return _moment;
        _moment = _rollout.Schedule.At(Clock);
        _momentEnds = _moment.Until is { } until ? _now + Math.Min((until - Clock).TotalSeconds, HorizonSeconds) : double.MaxValue;
        return _moment;
    }

    private void Start(int count, int perMinute)
    {
        Stage(count, perMinute);
        _changedAt = _now;
        _pending -= count;
        _counts = _counts with { Queued = _counts.Queued + count };
        for (var i = 0; i < count; i++)
        {
            _events++;
            // Who joined waits behind those that were there from the start.
            Queue(Reached(_firstFleet-- > 0 ? _devices.Next() : _devices.Joiner()));
        }
    }

    private DeviceEvent Reached(in DeviceFate fate) =>
        new(0, fate.DownloadSeconds, At(fate.ReachableAfterSeconds), DeviceEvent.What.Reached, fate.End, fate.Class, 0, 0);

    /// <summary>AWS: Jobs > Scheduling: what <c>endBehavior</c> says.</summary>
    private void ReachEndTime()
    {
        _notReached = _pending;
        if (_rollout.Schedule.AtEnd == EndBehavior.StopRollout)
            (_pending, _lookAt) = (0, _now);
        else
            Cancel(_rollout.Schedule.AtEnd == EndBehavior.ForceCancel);
    }

    private void Cancel(bool force)
    {
        End(JobStatus.Canceled);
        // AWS: Jobs > Abort: what is queued is canceled, what is in progress is left to finish, unless by force.
        _forced = force;
        var running = force ? _counts.InProgress : 0;
        _running -= force ? _running : 0;
        _counts = _counts with { Queued = 0, InProgress = _counts.InProgress - running, Canceled = _counts.Canceled + _counts.Queued + running };
    }

    private void End(JobStatus status) => (_status, _endedAt, _changedAt, _hurt, _lookAt) = (status, _now, _now, HurtSoFar, DeviceFate.Never);

    private void Stage(int count, int perMinute)
    {
        var percent = _rollout.Controls is { Stages.Count: > 0 } controls
            ? controls.Stages[RolloutGate.StageInForce(controls, _pending + _counts.All - _retried, _counts.Succeeded)]
            : (double?)null;
        if (_stages.Count > 0 && _stages[^1].PerMinute == perMinute && _stages[^1].Percent == percent)
        {
            _stages[^1] = _stages[^1] with { Started = _stages[^1].Started + count, EndsAtSecond = _now };
            return;
        }
        // A rate goes on until the next is earned; a stage that was asked for ends with its last start.
        if (_stages.Count > 0 && _stages[^1].Percent == percent)
            _stages[^1] = _stages[^1] with { EndsAtSecond = _now };
        _stages.Add(new RolloutStage(perMinute, _now, _now, count, percent));
    }

    private void NoteUpTo(int minute)
    {
        for (; _record && _timeline.Count <= minute;)
            _timeline.Add(new ForecastMinute(
                _timeline.Count, _counts.All, _counts.Queued, _counts.InProgress, _counts.Succeeded, _counts.Failed, _counts.Rejected, _counts.TimedOut, _counts.Canceled));
    }
}
