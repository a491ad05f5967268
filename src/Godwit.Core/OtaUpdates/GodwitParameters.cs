using System.Globalization;
using System.Text.RegularExpressions;
using Godwit.Core.Jobs;

namespace Godwit.Core.OtaUpdates;

/// <summary>A retry of an update: after which failure type (<c>FAILED</c>, <c>TIMED_OUT</c>, <c>ALL</c>), and how often.</summary>
public readonly record struct GodwitRetry(string FailureType, int Retries);

/// <summary>A window of an update: AWS's cron expression and a length.</summary>
public readonly record struct GodwitWindow(string Cron, int Minutes);

/// <summary>
/// What users ask of an update beyond CreateOTAUpdate's own members; it comes in <c>additionalParameters</c> under names that begin with <c>godwit:</c>, which
/// every stock SDK can send. docs/extensions.md describes them.
/// </summary>
public sealed partial record GodwitParameters
{
    public const string Prefix = "godwit:";

    public static GodwitParameters None { get; } = new();

    public IReadOnlyList<GodwitRetry> Retry { get; init; } = [];

    public string? Start { get; init; }

    public string? End { get; init; }

    public string? EndBehavior { get; init; }

    public IReadOnlyList<GodwitWindow> MaintenanceWindows { get; init; } = [];

    public JobControls Controls { get; init; } = JobControls.None;

    /// <summary>Findings of the preflight end the creation.</summary>
    public bool EnforcePreflight { get; init; }

    private static readonly Dictionary<string, Func<GodwitParameters, string, Result<GodwitParameters>>> Readers = new(StringComparer.Ordinal)
    {
        ["retry"] = ReadRetry,
        ["start"] = (all, text) => all with { Start = text },
        ["end"] = (all, text) => all with { End = text },
        ["endBehavior"] = ReadEndBehavior,
        ["maintenanceWindow"] = ReadWindows,
        ["stages"] = ReadStages,
        ["stageSuccess"] = (all, text) => Percent(text) is { } percent
            ? all with { Controls = all.Controls with { StageSuccess = percent } }
            : Wrong("stageSuccess", text, "a percentage such as 95%"),
        ["maxInFlight"] = (all, text) => Number(text, 1, int.MaxValue) is { } most
            ? all with { Controls = all.Controls with { MaxInFlight = most } }
            : Wrong("maxInFlight", text, "a whole number of devices, at least 1"),
        ["queuedTimeoutMinutes"] = (all, text) => Number(text, 1, JobControls.QueuedMinutesMax) is { } minutes
            ? all with { Controls = all.Controls with { QueuedTimeoutMinutes = minutes } }
            : Wrong("queuedTimeoutMinutes", text, $"a whole number of minutes from 1 to {JobControls.QueuedMinutesMax}"),
        ["preflight"] = (all, text) => text is "enforce" or "report"
            ? all with { EnforcePreflight = text == "enforce" }
            : Wrong("preflight", text, "'enforce' (findings end the creation) or 'report' (they are only shown)"),
        ["lateJoiners"] = (all, text) => text is "rate" or "at-once"
            ? all with { Controls = all.Controls with { LateJoinersAtRate = text == "rate" } }
            : Wrong("lateJoiners", text, "'rate' (inside the rollout's rate) or 'at-once' (as on AWS)"),
        ["shuffle"] = (all, text) => ShuffleOrder.IsSeed(text)
            ? all with { Controls = all.Controls with { ShuffleSeed = text } }
            : Wrong("shuffle", text, "a seed of 1 to 64 letters, digits, ':', '_' and '-', such as 42"),
    };

    /// <summary>Reads the parameters that are ours; others are the caller's own and mean nothing here.</summary>
    public static Result<GodwitParameters> Parse(IReadOnlyDictionary<string, string>? additionalParameters)
    {
        var read = None;
        foreach (var (name, text) in (additionalParameters ?? new Dictionary<string, string>()).Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!Readers.TryGetValue(name[Prefix.Length..], out var reader))
                return Errors.InvalidRequest(
                    $"additionalParameters names {Shown(name)}, which does not exist. The names are {string.Join(", ", Readers.Keys.Order(StringComparer.Ordinal).Select(known => Prefix + known))}.");
            var next = reader(read, text.Trim());
            if (!next.IsOk)
                return next.Error;
            read = next.Value;
        }
        return read.Controls is { StageSuccess: not null, Stages.Count: 0 }
            ? Errors.InvalidRequest("godwit:stageSuccess is given without godwit:stages. Give the stages, for example 1%,10%,100%.")
            : read;
    }

    private static Result<GodwitParameters> ReadRetry(GodwitParameters all, string text)
    {
        var retries = new List<GodwitRetry>();
        foreach (var pair in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var match = Pair().Match(pair);
            if (!match.Success || Number(match.Groups["count"].Value, 0, RetryRule.RetriesMax) is not { } count)
                return Wrong("retry", text, $"failure types (FAILED, TIMED_OUT or ALL) and 0 to {RetryRule.RetriesMax} retries, such as FAILED=3,TIMED_OUT=2");
            retries.Add(new GodwitRetry(match.Groups["type"].Value, count));
        }
        return all with { Retry = retries };
    }

    private static Result<GodwitParameters> ReadEndBehavior(GodwitParameters all, string text) => text is "STOP_ROLLOUT" or "CANCEL" or "FORCE_CANCEL"
        ? all with { EndBehavior = text }
        : Wrong("endBehavior", text, "STOP_ROLLOUT, CANCEL or FORCE_CANCEL");

    private static Result<GodwitParameters> ReadWindows(GodwitParameters all, string text)
    {
        var windows = new List<GodwitWindow>();
        foreach (var part in text.Split(';', StringSplitOptions.TrimEntries))
        {
            var match = Window().Match(part);
            if (!match.Success || Number(match.Groups["minutes"].Value, 1, 1430) is not { } minutes)
                return Wrong("maintenanceWindow", text, "a cron expression and 1 to 1430 minutes, such as cron(0 2 ? * MON *) 120; several are apart by semicolons");
            windows.Add(new GodwitWindow(match.Groups["cron"].Value, minutes));
        }
        return all with { MaintenanceWindows = windows };
    }

    private static Result<GodwitParameters> ReadStages(GodwitParameters all, string text)
    {
        var stages = new List<double>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Percent(part) is not { } percent || (stages.Count > 0 && percent <= stages[^1]) || stages.Count == JobControls.StagesMax)
                return Wrong("stages", text, $"up to {JobControls.StagesMax} growing percentages that end with 100%, such as 1%,10%,100%");
            stages.Add(percent);
        }
        return stages[^1] == 100
            ? all with { Controls = all.Controls with { Stages = stages } }
            : Wrong("stages", text, "percentages that end with 100%, such as 1%,10%,100%");
    }

    private static ServiceError Wrong(string name, string text, string wanted) =>
        Errors.InvalidRequest($"{Prefix}{name} is '{Shown(text)}' and must be {wanted}.");

    private static string Shown(string text) => text.Length > 64 ? text[..64] + "…" : text;

    private static int? Number(string text, int from, int to) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to ? number : null;

    /// <summary>More than 0 up to 100, with two decimals at most; the sign may be left out.</summary>
    private static double? Percent(string text) =>
        PercentText().IsMatch(text) && double.Parse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) is > 0 and <= 100 and var percent ? percent : null;

    [GeneratedRegex("^(?<type>FAILED|TIMED_OUT|ALL) ?= ?(?<count>[0-9]{1,2})$")]
    private static partial Regex Pair();

    [GeneratedRegex(@"^(?<cron>cron\([^()]{1,250}\)) +(?<minutes>[0-9]{1,4})$")]
    private static partial Regex Window();

    [GeneratedRegex(@"^[0-9]{1,3}(\.[0-9]{1,2})?%?$")]
    private static partial Regex PercentText();
}
