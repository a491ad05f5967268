using Godwit.Core.Jobs;
using Godwit.Core.Planning;

namespace Godwit.Core.Tests.Planning;

/// <summary>
/// The same rollout told plainly: every device a row, every count a count of rows, every event looked for in a list, the rules written out again.
/// Only the devices' fates are drawn by the same sampler.
/// </summary>
internal sealed class SlowForecast(PlannedRollout rollout, FleetModel model, int devices, ulong seed)
{
    private const decimal Tick = 0.0000001m;

    private readonly List<Row> _rows = [];
    private readonly List<(int Second, int Order, Row Row)> _events = [];
    private readonly List<(int Second, int Count)> _starts = [];
    private readonly FleetSampler _fates = new(model, devices, seed);
    private decimal _due = -1 + Tick;
    private int _orders;
    private int _lookAt;
    private int _lastStart = -1;

    public string Outcome { get; private set; } = "IN_PROGRESS";

    public int? EndedAt { get; private set; }

    public int Hurt { get; private set; }

    public List<ForecastMinute> Timeline { get; } = [];

    public void Run()
    {
        var lastChange = 0;
        for (var second = 0; ; second++)
        {
            if (second % 60 == 0)
                Timeline.Add(Minute(second / 60));
            var changed = false;
            while (true)
            {
                while (_events.Where(e => e.Second == second).OrderBy(e => e.Order).Select(e => ((int, int, Row)?)e).FirstOrDefault() is { } next)
                {
                    _events.Remove(next);
                    changed |= Happen(next.Item3, second);
                }
                if (second < _lookAt || !Look(second))
                    break;
                changed = true;
            }
            if (changed)
                lastChange = second;
            var quiet = Outcome == "CANCELED" ? _rows.All(row => row.State != "IN_PROGRESS" || row.Silent) : _events.Count == 0 && _rows.Count == devices;
            if (quiet)
                break;
        }
        for (var minute = Timeline.Count; minute <= (lastChange / 60) + 1; minute++)
            Timeline.Add(Minute(minute));
    }

    private bool Happen(Row row, int second)
    {
        if (row.State == "CANCELED")
            return true;
        if (row.State == "QUEUED" && row.Fate.End != DeviceEnd.Rejects)
        {
            row.State = "IN_PROGRESS";
            var timeout = rollout.TimeoutMinutes * 60 ?? int.MaxValue;
            var silent = row.Fate.End == DeviceEnd.Stalls;
            row.Silent = silent && timeout == int.MaxValue;
            row.Ends = silent || row.Fate.DownloadSeconds > timeout ? "TIMED_OUT" : row.Fate.End == DeviceEnd.Succeeds ? "SUCCEEDED" : "FAILED";
            if (!row.Silent)
                Plan(second + (row.Ends == "TIMED_OUT" ? timeout : row.Fate.DownloadSeconds), row);
            return true;
        }
        row.State = row.State == "QUEUED" ? "REJECTED" : row.Ends;
        if (Outcome == "IN_PROGRESS")
            AfterEnd(second);
        return true;
    }

    private void AfterEnd(int second)
    {
        var failures = rollout.Abort.Select(criterion => criterion.FailureType switch
        {
            FailureType.Failed => Count("FAILED"),
            FailureType.Rejected => Count("REJECTED"),
            FailureType.TimedOut => Count("TIMED_OUT"),
            _ => Count("FAILED", "REJECTED", "TIMED_OUT"),
        }).ToList();
        var executed = Count("SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT");
        for (var i = 0; i < failures.Count; i++)
            if (executed >= rollout.Abort[i].MinNumberOfExecutedThings && 100m * failures[i] / executed >= (decimal)rollout.Abort[i].ThresholdPercentage)
            {
                (Outcome, EndedAt, Hurt) = ("CANCELED", second, Count("FAILED", "REJECTED", "TIMED_OUT"));
                foreach (var row in _rows.Where(row => row.State == "QUEUED"))
                    row.State = "CANCELED";
                return;
            }
        if (_rows.Count == devices && Count("QUEUED", "IN_PROGRESS") == 0)
            (Outcome, EndedAt, Hurt) = ("COMPLETED", second, Count("FAILED", "REJECTED", "TIMED_OUT"));
        else if (rollout.Abort.Count > 0 || rollout.Rate.Growth is { Every.BySucceeded: true })
            // A rule that depends on reports has the job looked at, and a look may start what is due.
            Look(second);
    }

    private bool Look(int second)
    {
        if (Outcome != "IN_PROGRESS" || _rows.Count == devices)
            return false;
        var (rate, count) = (Rate(), 0);
        var spacing = Math.Ceiling(60m / rate / Tick) * Tick;
        _due = Math.Clamp(_due, second - 1, second + spacing);
        while (_lastStart < second && count < Room(second, rate) && _due <= second && _rows.Count + count < devices)
        {
            count++;
            _due += spacing;
        }
        if (count > 0)
            Start(second, count);
        // The next look is when something may start if the rate stays as it is.
        for (_lookAt = second + 1; _due > _lookAt || Room(_lookAt, rate) <= 0; _lookAt++)
        {
        }
        return count > 0;
    }

    private int Room(int second, int rate) => rate - _starts.Where(start => start.Second > second - 60).Sum(start => start.Count);

    private void Start(int second, int count)
    {
        _lastStart = second;
        _starts.Add((second, count));
        foreach (var row in Enumerable.Range(0, count).Select(_ => new Row(_fates.Next())).ToList())
        {
            _rows.Add(row);
            if (row.Fate.ReachableAfterSeconds != DeviceFate.Never)
                Plan(second + row.Fate.ReachableAfterSeconds, row);
        }
    }

    private int Rate()
    {
        if (rollout.Rate.Growth is not { } growth)
            return rollout.Rate.MaximumPerMinute;
        var rate = (decimal)growth.BasePerMinute;
        for (var reached = growth.Every.Things; reached <= (growth.Every.BySucceeded ? Count("SUCCEEDED") : _rows.Count) && rate < rollout.Rate.MaximumPerMinute; reached += growth.Every.Things)
            rate *= (decimal)growth.Factor;
        return (int)Math.Min(rate, rollout.Rate.MaximumPerMinute);
    }

    private void Plan(int second, Row row) => _events.Add((second, _orders++, row));

    private int Count(params string[] states) => _rows.Count(row => states.Contains(row.State));

    private ForecastMinute Minute(int minute) => new(
        minute, _rows.Count, Count("QUEUED"), Count("IN_PROGRESS"), Count("SUCCEEDED"), Count("FAILED"), Count("REJECTED"), Count("TIMED_OUT"), Count("CANCELED"));

    private sealed class Row(DeviceFate fate)
    {
        public DeviceFate Fate => fate;

        public string State { get; set; } = "QUEUED";

        public string Ends { get; set; } = "";

        public bool Silent { get; set; }
    }
}
