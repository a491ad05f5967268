using Godwit.Core.Jobs;
using Godwit.Core.Why;

namespace Godwit.Core.Planning;

/// <summary>A change of an execution as the journal has it.</summary>
/// <param name="Execution">What names it among all.</param>
/// <param name="From">Null where it began.</param>
/// <param name="To">Null where it was deleted.</param>
/// <param name="Why">What the device gave as its reason, if anything.</param>
public readonly record struct ExecutionMove(string Execution, string? From, string? To, string? Why, long AtMs);

/// <summary>What a journal says of its fleet.</summary>
/// <param name="Ended">Executions that devices carried out, or began and never ended.</param>
/// <param name="Unanswered">Executions that waited longer than an online device takes and that no device ever took up.</param>
/// <param name="FromMs">When the first change was, in Unix milliseconds.</param>
public sealed record HistoricFleet(FleetModel Model, long Ended, long Unanswered, long FromMs, long ToMs)
{
    public DeviceProfile Profile => Model.Classes[0].Profile;
}

/// <summary>
/// Makes a device model of what devices did before. Changes are added in their order; what is kept is bounded by the executions that are open at once and by
/// the times that are measured.
/// </summary>
public sealed class FleetHistory
{
    /// <summary>A device that answers within this time was online.</summary>
    public const int OnlineSeconds = 60;

    /// <summary>Times of which the model's distributions are made: the quantiles of all that were measured.</summary>
    private const int QuantilesMax = 1000;

    private readonly Dictionary<string, (long QueuedMs, long? StartedMs)> _open = new(StringComparer.Ordinal);
    private readonly List<double> _waitedMinutes = [];
    private readonly List<double> _downloads = [];
    private long _online;
    private long _unanswered;
    private long _succeeded;
    private long _failed;
    private long _reverted;
    private long _rejected;
    private long _stalled;
    private long? _first;
    private long _last;

    private long Ended => _succeeded + _failed + _reverted + _rejected + _stalled;

    public void Add(in ExecutionMove move)
    {
        if (move.From == move.To)
            return;
        _first ??= move.AtMs;
        _last = Math.Max(_last, move.AtMs);
        if (JobExecutionStatuses.Parse(move.To) == JobExecutionStatus.Queued)
            _open[move.Execution] = (move.AtMs, null);
        else if (_open.Remove(move.Execution, out var open))
            Move(move, open);
    }

    /// <summary>Null where no device has ever ended an execution.</summary>
    public HistoricFleet? Tell()
    {
        if (Ended == 0)
            return null;
        var unanswered = _unanswered + _open.Values.Count(open => open.StartedMs is null && _last - open.QueuedMs > OnlineSeconds * 1000);
        var answers = (double)(_online + _waitedMinutes.Count + unanswered);
        var profile = new DeviceProfile
        {
            Online = Distribution.Of(answers == 0 ? 1 : _online / answers),
            // Those that never came are taken to come as the late ones did; where there are none, they stay away.
            OfflineMinutes = _waitedMinutes.Count == 0 ? null : Of(_waitedMinutes),
            DownloadSeconds = _downloads.Count == 0 ? Distribution.Of(0) : Of(_downloads),
            FailureRate = Share(_failed),
            RevertRate = Share(_reverted),
            RejectRate = Share(_rejected),
            StallRate = Share(_stalled),
        };
        return new HistoricFleet(new FleetModel([new DeviceClass("", 1, profile)]), Ended, unanswered, _first!.Value, _last);
    }

    private void Move(in ExecutionMove move, (long QueuedMs, long? StartedMs) open)
    {
        var status = JobExecutionStatuses.Parse(move.To);
        var taken = status is JobExecutionStatus.InProgress or JobExecutionStatus.Succeeded or JobExecutionStatus.Failed or JobExecutionStatus.Rejected;
        if (open.StartedMs is null)
            Answer(taken, move.AtMs - open.QueuedMs);
        // What was taken up, and is now begun or carried out, or has run out of time. Cancellations and removals say nothing of the device.
        if (status == JobExecutionStatus.InProgress)
            _open[move.Execution] = open with { StartedMs = move.AtMs };
        else if (taken || (status == JobExecutionStatus.TimedOut && open.StartedMs is not null))
            End(status!.Value, move, open.StartedMs ?? move.AtMs);
    }

    private void Answer(bool taken, long waitedMs)
    {
        if (taken && waitedMs <= OnlineSeconds * 1000)
            _online++;
        else if (taken)
            _waitedMinutes.Add(waitedMs / 60_000.0);
        else if (waitedMs > OnlineSeconds * 1000)
            _unanswered++;
    }

    private void End(JobExecutionStatus status, in ExecutionMove move, long startedMs)
    {
        switch (status)
        {
            case JobExecutionStatus.Succeeded:
                _succeeded++;
                break;
            case JobExecutionStatus.Failed when FailureCause.Of(status, move.Why).FellBack:
                _reverted++;
                break;
            case JobExecutionStatus.Failed:
                _failed++;
                break;
            case JobExecutionStatus.Rejected:
                _rejected++;
                break;
            default:
                _stalled++;
                break;
        }
        if (status is JobExecutionStatus.Succeeded or JobExecutionStatus.Failed)
            _downloads.Add(Math.Max(0, move.AtMs - startedMs) / 1000.0);
    }

    private Distribution Share(long count) => Distribution.Of((double)count / Ended);

    /// <summary>The values themselves, or where they are many the middles of as many equal parts.</summary>
    private static Distribution Of(List<double> values)
    {
        values.Sort();
        var count = Math.Min(values.Count, QuantilesMax);
        var quantiles = Enumerable.Range(0, count).Select(i => Math.Round(values[(int)(((2L * i) + 1) * values.Count / (2L * count))], 3)).ToList();
        return quantiles.Distinct().Count() == 1 ? Distribution.Of(quantiles[0]) : new Distribution(DistributionKind.Empirical, 0, 0, quantiles);
    }
}
