using System.Text.Json;

namespace Godwit.Simulation;

/// <summary>An execution as the database last said it is.</summary>
internal sealed record ModelExecution(
    ModelJob Job, string Thing, long Number, long Status, long Version, long QueuedAt, long? StartedAt, long UpdatedAt, long? Deadline, string? Details)
{
    public bool IsOpen => Status < 2;

    /// <summary>Whether the thing may see it among what it has to do.</summary>
    public bool IsPending => IsOpen && (Job.Status == ModelJob.InProgress || (Status == 1 && Job.Status != ModelJob.Deleting));

    public string Name => $"{Job.Id}#{Number}";

    public static ModelExecution Of(ModelJob job, Change change) => new(
        job, change.Text(0), change.Number(0), change.Number(1), change.Number(2), change.Number(3), change.Numbers[4], change.Number(5), change.Numbers[8], change.Texts[1]);
}

/// <summary>A job as the database last said it is, and the rules that it asked for, read here a second time and evaluated plainly.</summary>
internal sealed class ModelJob
{
    public const long InProgress = 0;
    public const long Completed = 2;
    public const long Canceled = 3;
    public const long Deleting = 4;

    private static readonly string[] s_failures = ["FAILED", "TIMED_OUT", "REJECTED"];

    private readonly int _maximum = 1000;
    private readonly (int Base, double Factor, int Things, bool BySucceeded)? _growth;
    private readonly List<(string Type, decimal Percent, int Least)> _abort = [];

    public ModelJob(Change change)
    {
        (Key, Id, Status, Continuous) = (change.Key, change.Text(0), change.Number(0), change.Text(1) == "CONTINUOUS");
        if (change.Texts[2] is { } rollout)
        {
            using var json = JsonDocument.Parse(rollout);
            _maximum = json.RootElement.GetProperty("MaximumPerMinute").GetInt32();
            if (json.RootElement.TryGetProperty("ExponentialRate", out var rate) && rate.ValueKind == JsonValueKind.Object)
            {
                var criteria = rate.GetProperty("RateIncreaseCriteria");
                var succeeded = criteria.TryGetProperty("NumberOfSucceededThings", out var by) && by.ValueKind == JsonValueKind.Number;
                var things = succeeded ? by.GetInt32() : criteria.GetProperty("NumberOfNotifiedThings").GetInt32();
                _growth = (rate.GetProperty("BaseRatePerMinute").GetInt32(), rate.GetProperty("IncrementFactor").GetDouble(), things, succeeded);
            }
        }
        if (change.Texts[3] is not { } abort)
            return;
        using var list = JsonDocument.Parse(abort);
        foreach (var criterion in list.RootElement.GetProperty("CriteriaList").EnumerateArray())
            _abort.Add((
                criterion.GetProperty("FailureType").GetString()!, criterion.GetProperty("ThresholdPercentage").GetDecimal(),
                criterion.GetProperty("MinNumberOfExecutedThings").GetInt32()));
    }

    public long Key { get; }

    public string Id { get; }

    public bool Continuous { get; }

    /// <summary>In true time.</summary>
    public long CreatedAt { get; init; }

    public long Status { get; set; }

    public bool Aborted { get; set; }

    /// <summary>The things that the targets stood for when they were named.</summary>
    public HashSet<string> Snapshot { get; } = new(StringComparer.Ordinal);

    /// <summary>The targets: groups, and things by their own name.</summary>
    public HashSet<string> Groups { get; } = new(StringComparer.Ordinal);

    public Dictionary<(string Thing, long Number), ModelExecution> Executions { get; } = [];

    /// <summary>Executions by status: counted here, and as the service counts them.</summary>
    public long[] Rows { get; } = new long[8];

    public long[] Counters { get; set; } = new long[8];

    public int PendingRows { get; set; }

    public long Pending { get; set; }

    public bool Expanding { get; set; } = true;

    /// <summary>When the rollout started how many, in true time.</summary>
    public List<(long At, int Count)> Starts { get; } = [];

    public long Open => Rows[0] + Rows[1];

    public long All => Rows.Sum();

    /// <summary>The rate in force once so many have been notified.</summary>
    public int RateAt(long notified)
    {
        if (_growth is not { } growth)
            return _maximum;
        var rate = (double)growth.Base;
        for (var i = (growth.BySucceeded ? Rows[2] : notified) / growth.Things; i > 0 && rate < _maximum; i--)
            rate *= growth.Factor;
        return Math.Clamp((int)rate, 1, _maximum);
    }

    /// <summary>Whether some criterion says that the job must stop.</summary>
    public bool MustAbort()
    {
        var executed = Rows[2] + Rows[3] + Rows[4] + Rows[5];
        return executed > 0 && _abort.Exists(criterion =>
            executed >= criterion.Least && Failures(criterion.Type) * 100m >= criterion.Percent * executed);
    }

    private long Failures(string type) => type switch
    {
        "FAILED" => Rows[3],
        "TIMED_OUT" => Rows[4],
        "REJECTED" => Rows[5],
        "ALL" => s_failures.Sum(Failures),
        _ => throw new InvalidOperationException($"Failure type {type}?"),
    };
}
