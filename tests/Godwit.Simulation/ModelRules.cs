using System.Globalization;
using System.Text.Json;

namespace Godwit.Simulation;

/// <summary>What a job asks for, read here a second time from what the database keeps, and evaluated plainly.</summary>
internal sealed class ModelRules
{
    private static readonly string[] s_failures = ["FAILED", "TIMED_OUT", "REJECTED"];

    private readonly string?[] _texts;
    private readonly int _maximum = 1000;
    private readonly (int Base, double Factor, int Things, bool BySucceeded)? _growth;
    private readonly List<(string Type, decimal Percent, int Least)> _abort = [];
    private readonly Dictionary<string, long> _retries = new(StringComparer.Ordinal);
    private readonly List<(HashSet<int> Minutes, int Length)> _windows = [];
    private readonly List<decimal> _stages = [];
    private readonly decimal _stageSuccess = 95;

    public ModelRules(string?[] texts)
    {
        _texts = texts;
        if (texts[3] is { } rollout)
            (_maximum, _growth) = ReadRate(rollout);
        if (texts[4] is { } abort)
            using (var json = JsonDocument.Parse(abort))
                foreach (var criterion in json.RootElement.GetProperty("CriteriaList").EnumerateArray())
                    _abort.Add((
                        criterion.GetProperty("FailureType").GetString()!, criterion.GetProperty("ThresholdPercentage").GetDecimal(),
                        criterion.GetProperty("MinNumberOfExecutedThings").GetInt32()));
        if (texts[5] is { } retry)
            using (var json = JsonDocument.Parse(retry))
                foreach (var criterion in json.RootElement.GetProperty("CriteriaList").EnumerateArray())
                    _retries.Add(criterion.GetProperty("FailureType").GetString()!, criterion.GetProperty("NumberOfRetries").GetInt64());
        if (texts[6] is { } schedule)
            using (var json = JsonDocument.Parse(schedule))
            {
                (Start, End) = (TimeIn(json.RootElement, "StartTime"), TimeIn(json.RootElement, "EndTime"));
                AtEnd = json.RootElement.TryGetProperty("EndBehavior", out var behavior) ? behavior.GetString() : null;
                if (json.RootElement.TryGetProperty("MaintenanceWindows", out var windows) && windows.ValueKind == JsonValueKind.Array)
                    foreach (var window in windows.EnumerateArray())
                        _windows.Add((MinutesOf(window.GetProperty("StartTime").GetString()!), window.GetProperty("DurationInMinutes").GetInt32()));
            }
        if (texts[7] is not { } controls)
            return;
        using var asked = JsonDocument.Parse(controls);
        foreach (var stage in asked.RootElement.GetProperty("Stages").EnumerateArray())
            _stages.Add(stage.GetDecimal());
        _stageSuccess = NumberIn(asked.RootElement, "StageSuccess")?.GetDecimal() ?? _stageSuccess;
        InFlightMax = NumberIn(asked.RootElement, "MaxInFlight")?.GetInt64();
        QueuedMinutes = NumberIn(asked.RootElement, "QueuedTimeoutMinutes")?.GetInt64();
        ShuffleSeed = asked.RootElement.TryGetProperty("ShuffleSeed", out var seed) ? seed.GetString() : null;
        LateJoinersWait = asked.RootElement.GetProperty("LateJoinersAtRate").GetBoolean();
    }

    /// <summary>In Unix milliseconds of the server's wall clock, as <see cref="End"/>.</summary>
    public long? Start { get; }

    public long? End { get; }

    public string? AtEnd { get; }

    public long? InFlightMax { get; }

    public long? QueuedMinutes { get; }

    public bool LateJoinersWait { get; }

    public string? ShuffleSeed { get; }

    /// <summary>Whether they were read from the same texts.</summary>
    public bool IsOf(string?[] texts)
    {
        for (var i = 3; i < texts.Length; i++)
            if (!string.Equals(texts[i], _texts[i], StringComparison.Ordinal))
                return false;
        return true;
    }

    public bool IsEnded(long nowMs) => End <= nowMs;

    /// <summary>Whether the schedule lets the rollout go on: a window that began within its length is open.</summary>
    public bool IsOpen(long nowMs) => !IsEnded(nowMs) && !(Start > nowMs)
        && (_windows.Count == 0 || _windows.Exists(window => Enumerable.Range(0, window.Length).Any(back => window.Minutes.Contains((int)(((nowMs / 60_000) - back) % 60)))));

    /// <summary>The rate in force once so many have been notified and so many have succeeded.</summary>
    public int Rate(long notified, long succeeded)
    {
        if (_growth is not { } growth)
            return _maximum;
        var rate = (double)growth.Base;
        for (var i = (growth.BySucceeded ? succeeded : notified) / growth.Things; i > 0 && rate < _maximum; i--)
            rate *= growth.Factor;
        return Math.Clamp((int)rate, 1, _maximum);
    }

    /// <summary>Whether some criterion says that a job with so many executions by status must stop.</summary>
    public bool MustAbort(long[] rows)
    {
        var executed = rows[2] + rows[3] + rows[4] + rows[5];
        return executed > 0 && _abort.Exists(criterion =>
            executed >= criterion.Least && Failures(rows, criterion.Type) * 100m >= criterion.Percent * executed);
    }

    /// <summary>Whether a thing that has failed (3) or timed out (4) may try again after so many retries for either.</summary>
    public bool Retries(long status, (long Failed, long TimedOut) used)
    {
        if (used.Failed + used.TimedOut >= 10)
            return false;
        if (_retries.TryGetValue("ALL", out var all))
            return status is 3 or 4 && used.Failed + used.TimedOut < all;
        return status switch
        {
            3 => used.Failed < _retries.GetValueOrDefault("FAILED"),
            4 => used.TimedOut < _retries.GetValueOrDefault("TIMED_OUT"),
            _ => false,
        };
    }

    /// <summary>How many of so many things may be reached while so many have succeeded: the first stage that has not met its bar holds.</summary>
    public long StageLimit(long things, long succeeded)
    {
        if (_stages.Count == 0)
            return long.MaxValue;
        foreach (var stage in _stages)
        {
            var share = Math.Max(1, Math.Ceiling(things * stage / 100));
            if (succeeded * 100 < share * _stageSuccess || stage == _stages[^1])
                return (long)share;
        }
        return long.MaxValue;
    }

    private static (int Maximum, (int Base, double Factor, int Things, bool BySucceeded)? Growth) ReadRate(string text)
    {
        using var json = JsonDocument.Parse(text);
        var maximum = json.RootElement.GetProperty("MaximumPerMinute").GetInt32();
        if (!json.RootElement.TryGetProperty("ExponentialRate", out var rate) || rate.ValueKind != JsonValueKind.Object)
            return (maximum, null);
        var criteria = rate.GetProperty("RateIncreaseCriteria");
        var succeeded = NumberIn(criteria, "NumberOfSucceededThings");
        var things = (succeeded ?? criteria.GetProperty("NumberOfNotifiedThings")).GetInt32();
        return (maximum, (rate.GetProperty("BaseRatePerMinute").GetInt32(), rate.GetProperty("IncrementFactor").GetDouble(), things, succeeded is not null));
    }

    private static long Failures(long[] rows, string type) => type switch
    {
        "FAILED" => rows[3],
        "TIMED_OUT" => rows[4],
        "REJECTED" => rows[5],
        "ALL" => s_failures.Sum(each => Failures(rows, each)),
        _ => throw new InvalidOperationException($"Failure type {type}?"),
    };

    private static JsonElement? NumberIn(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value : null;

    private static long? TimeIn(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.GetString() is { } text
        ? new DateTimeOffset(DateTime.ParseExact(text, "yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture), TimeSpan.Zero).ToUnixTimeMilliseconds()
        : null;

    /// <summary>The operator's windows come every hour, at minutes that are listed: <c>cron(5,25 * * * ? *)</c>.</summary>
    private static HashSet<int> MinutesOf(string cron) =>
        [.. cron["cron(".Length..cron.IndexOf(' ', StringComparison.Ordinal)].Split(',').Select(minute => int.Parse(minute, CultureInfo.InvariantCulture))];
}
