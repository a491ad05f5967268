using Godwit.Core.Jobs;
using Godwit.Core.Planning;

namespace Godwit.Core.Tests.Planning;

/// <summary>
/// The same rollout told plainly: every execution a row, every count a count of rows, every event looked for in a list, the rules written out again.
/// Only the devices' fates are drawn by the same sampler.
/// </summary>
internal sealed class SlowForecast(PlannedRollout rollout, FleetModel model, int devices, ulong seed)
{
    private const decimal Tick = 0.0000001m;
    private const int Never = int.MaxValue;

    private readonly List<Row> _rows = [];
    private readonly List<(int Second, int Order, Row? Row)> _events = [];
    private readonly List<(int Second, int Count)> _starts = [];
    private readonly FleetSampler _fates = new(model, devices, seed);
    private readonly List<int> _joins = rollout.Continuous && model.Joins is { } joins ? AllOf(new LateJoiners(joins, seed)) : [];
    private int _joined;
    private int _startedOfFirst;
    private decimal _due = -1 + Tick;
    private int _orders;
    private int _lookAt;
    private bool _changed;
    private bool _stopped;
    private int _lastStart = -1;

    public string Outcome { get; private set; } = "IN_PROGRESS";

    public int? EndedAt { get; private set; }

    public int Hurt { get; private set; }

    public List<ForecastMinute> Timeline { get; } = [];

    private static List<int> AllOf(LateJoiners joiners)
    {
        var all = new List<int>();
        while (joiners.Next() is { } second)
            all.Add(second);
        return all;
    }

    public void Run()
    {
        var lastChange = 0;
        AwaitJoiner();
        for (var second = 0; ; second++)
        {
            if (second % 60 == 0)
                Timeline.Add(Minute(second / 60));
            _changed = false;
            while (true)
            {
                while (_events.Where(e => e.Second == second).OrderBy(e => e.Order).Select(e => ((int, int, Row?)?)e).FirstOrDefault() is { } next)
                {
                    _events.Remove(next);
                    if (next.Item3 is { } row)
                    {
                        _changed = true;
                        Happen(row, second);
                    }
                    else
                        Join(second);
                }
                if (second < _lookAt)
                    break;
                Look(second);
                if (_events.TrueForAll(e => e.Second > second) && second < _lookAt)
                    break;
            }
            if (_changed)
                lastChange = second;
            var quiet = Outcome != "IN_PROGRESS" ? _rows.All(row => row.State != "IN_PROGRESS" || row.Silent)
                : _events.Count == 0 && (_lookAt == Never || (AllReached && rollout.Schedule.End is null));
            if (quiet)
                break;
        }
        for (var minute = Timeline.Count; minute <= (lastChange / 60) + 1; minute++)
            Timeline.Add(Minute(minute));
    }

    private bool AllReached => _stopped || Reached == devices + _joined;

    private void AwaitJoiner()
    {
        if (_joins.Count == 0)
            return;
        Plan(_joins[0], null);
        _joins.RemoveAt(0);
    }

    private void Join(int second)
    {
        if (Outcome != "IN_PROGRESS" || Phase(second) == SchedulePhase.Ended)
            return;
        AwaitJoiner();
        _joined++;
        _changed = true;
        var waits = Phase(second) != SchedulePhase.Open || rollout.Controls is { LateJoinersAtRate: true };
        if (!waits)
        {
            // It passes all that wait for the rollout, and so counts as reached.
            var fate = _fates.Joiner();
            Queue(new Row(fate), second, At(second, fate.ReachableAfterSeconds));
        }
        if (waits || Watched)
            Look(second);
    }

    private bool Watched => rollout.Abort.Count > 0 || rollout.Rate.Growth is { Every.BySucceeded: true } || rollout.Controls is { Stages.Count: > 0 } or { MaxInFlight: not null };

    private int Reached => _rows.Count(row => row.Retries == default);

    private void Happen(Row row, int second)
    {
        if (row.State == "CANCELED")
            return;
        if (row.State == "QUEUED" && row.Expires)
        {
            row.State = "TIMED_OUT";
            After(row, second);
        }
        else if (row.State == "QUEUED" && row.Fate.End != DeviceEnd.Rejects)
        {
            row.State = "IN_PROGRESS";
            var timeout = rollout.TimeoutMinutes * 60 ?? int.MaxValue;
            var silent = row.Fate.End == DeviceEnd.Stalls;
            row.Silent = silent && timeout == int.MaxValue;
            row.Ends = silent || row.Fate.DownloadSeconds > timeout ? "TIMED_OUT" : row.Fate.End == DeviceEnd.Succeeds ? "SUCCEEDED" : "FAILED";
            if (!row.Silent)
                Plan(second + (row.Ends == "TIMED_OUT" ? timeout : row.Fate.DownloadSeconds), row);
        }
        else
        {
            row.State = row.State == "QUEUED" ? "REJECTED" : row.Ends;
            After(row, second);
        }
    }

    private void After(Row row, int second)
    {
        if (Outcome != "IN_PROGRESS")
            return;
        var aborts = Aborts();
        if (!aborts && Phase(second) != SchedulePhase.Ended)
            Retry(row, second);
        if (aborts)
            Cancel(second, force: false);
        else if (AllReached && Count("QUEUED", "IN_PROGRESS") == 0 && !rollout.Continuous)
            (Outcome, EndedAt, Hurt, _changed) = ("COMPLETED", second, HurtNow(), true);
        else if (Watched)
            // A rule that depends on reports has the job looked at, and a look may start what is due.
            Look(second);
    }

    private bool Aborts()
    {
        var executed = Count("SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT");
        return rollout.Abort.Any(criterion => executed >= criterion.MinNumberOfExecutedThings && 100m * (criterion.FailureType switch
        {
            FailureType.Failed => Count("FAILED"),
            FailureType.Rejected => Count("REJECTED"),
            FailureType.TimedOut => Count("TIMED_OUT"),
            _ => Count("FAILED", "REJECTED", "TIMED_OUT"),
        }) / executed >= (decimal)criterion.ThresholdPercentage);
    }

    private void Retry(Row row, int second)
    {
        var (failed, timedOut) = row.Retries;
        var (policy, all) = (rollout.Retries, failed + timedOut);
        var allowed = row.State switch
        {
            "FAILED" => (policy.Shared ? all : failed) < policy.Failed,
            "TIMED_OUT" => policy.Shared ? all < policy.Failed : timedOut < policy.TimedOut,
            _ => false,
        };
        if (!allowed || all >= 10)
            return;
        var fate = row.Expires ? row.Fate : _fates.Retry(row.Fate.Class, row.State == "FAILED");
        var again = new Row(fate) { Retries = row.State == "FAILED" ? (failed + 1, timedOut) : (failed, timedOut + 1) };
        row.Retried = true;
        Queue(again, second, row.Expires ? row.ReachedAt : At(second, fate.ReachableAfterSeconds));
    }

    private void Queue(Row row, int second, int reachedAt)
    {
        _rows.Add(row);
        var expires = rollout.Controls?.QueuedTimeoutMinutes is { } minutes ? second + (minutes * 60) : Never;
        (row.ReachedAt, row.Expires) = (reachedAt, reachedAt > expires);
        if (Math.Min(reachedAt, expires) != Never)
            Plan(Math.Min(reachedAt, expires), row);
    }

    private static int At(int second, int after) => after == DeviceFate.Never ? Never : second + after;

    private void Cancel(int second, bool force)
    {
        (Outcome, EndedAt, Hurt, _changed, _lookAt) = ("CANCELED", second, HurtNow(), true, Never);
        foreach (var row in _rows.Where(row => row.State == "QUEUED" || (force && row.State == "IN_PROGRESS")))
            row.State = "CANCELED";
    }

    private int HurtNow() => _rows.Count(row => row.State is "FAILED" or "REJECTED" or "TIMED_OUT" && !row.Retried);

    private SchedulePhase Phase(int second) => rollout.Schedule.At(rollout.Zero.AddSeconds(second)).Phase;

    private int PhaseEnds(int second) => rollout.Schedule.At(rollout.Zero.AddSeconds(second)).Until is { } until ? (int)(until - rollout.Zero).TotalSeconds : Never;

    private void Look(int second)
    {
        _lookAt = Never;
        if (Outcome != "IN_PROGRESS")
            return;
        var phase = Phase(second);
        if (phase == SchedulePhase.Ended && (rollout.Schedule.AtEnd != EndBehavior.StopRollout || !AllReached))
        {
            _stopped = true;
            if (rollout.Schedule.AtEnd != EndBehavior.StopRollout)
                Cancel(second, rollout.Schedule.AtEnd == EndBehavior.ForceCancel);
        }
        if (Outcome == "IN_PROGRESS" && AllReached && Count("QUEUED", "IN_PROGRESS") == 0 && !rollout.Continuous)
            (Outcome, EndedAt, Hurt, _changed) = ("COMPLETED", second, HurtNow(), true);
        if (Outcome != "IN_PROGRESS")
            return;
        _lookAt = PhaseEnds(second);
        if (AllReached || phase != SchedulePhase.Open)
            return;
        var (rate, count, open) = (Rate(), 0, Gate());
        var spacing = Math.Ceiling(60m / rate / Tick) * Tick;
        _due = Math.Clamp(_due, second - 1, second + spacing);
        while (_lastStart < second && count < Room(second, rate) && _due <= second && count < open)
        {
            count++;
            _due += spacing;
        }
        if (count > 0)
            Start(second, count);
        if (count == open)
            return;
        // The next look is when something may start if the rate stays as it is.
        var next = second + 1;
        while (_due > next || Room(next, rate) <= 0)
            next++;
        _lookAt = Math.Min(next, _lookAt);
    }

    /// <summary>Devices that the stage in force and the cap let in, one by one.</summary>
    private int Gate()
    {
        var controls = rollout.Controls ?? JobControls.None;
        var (reached, open, succeeded) = (Reached, Count("QUEUED", "IN_PROGRESS"), Count("SUCCEEDED"));
        var limit = controls.Stages.Count == 0 ? devices + _joined : 0;
        foreach (var stage in controls.Stages)
        {
            limit = Math.Max(1, (int)Math.Ceiling((devices + _joined) * (decimal)stage / 100));
            if (100m * succeeded < (decimal)(controls.StageSuccess ?? JobControls.StageSuccessDefault) * limit)
                break;
        }
        return Math.Max(0, Math.Min(Math.Min(devices + _joined, limit) - reached, (controls.MaxInFlight ?? int.MaxValue) - open));
    }

    private int Room(int second, int rate) => rate - _starts.Where(start => start.Second > second - 60).Sum(start => start.Count);

    private void Start(int second, int count)
    {
        _changed = true;
        _lastStart = second;
        _starts.Add((second, count));
        foreach (var fate in Enumerable.Range(0, count).Select(_ => _startedOfFirst++ < devices ? _fates.Next() : _fates.Joiner()).ToList())
            Queue(new Row(fate), second, At(second, fate.ReachableAfterSeconds));
    }

    private int Rate()
    {
        if (rollout.Rate.Growth is not { } growth)
            return rollout.Rate.MaximumPerMinute;
        var rate = (decimal)growth.BasePerMinute;
        for (var reached = growth.Every.Things; reached <= (growth.Every.BySucceeded ? Count("SUCCEEDED") : Reached) && rate < rollout.Rate.MaximumPerMinute; reached += growth.Every.Things)
            rate *= (decimal)growth.Factor;
        return (int)Math.Min(rate, rollout.Rate.MaximumPerMinute);
    }

    private void Plan(int second, Row? row) => _events.Add((second, _orders++, row));

    private int Count(params string[] states) => _rows.Count(row => states.Contains(row.State));

    private ForecastMinute Minute(int minute) => new(
        minute, _rows.Count, Count("QUEUED"), Count("IN_PROGRESS"), Count("SUCCEEDED"), Count("FAILED"), Count("REJECTED"), Count("TIMED_OUT"), Count("CANCELED"));

    private sealed class Row(DeviceFate fate)
    {
        public DeviceFate Fate => fate;

        public string State { get; set; } = "QUEUED";

        public string Ends { get; set; } = "";

        public bool Silent { get; set; }

        public bool Expires { get; set; }

        public int ReachedAt { get; set; }

        public (int Failed, int TimedOut) Retries { get; init; }

        public bool Retried { get; set; }
    }
}
