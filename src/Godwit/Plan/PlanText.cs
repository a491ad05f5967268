using System.Globalization;
using System.Text;
using Godwit.Core.Jobs;
using Godwit.Core.Planning;
using Godwit.Server.Planning;

namespace Godwit.Plan;

/// <summary>A plan for people.</summary>
public static class PlanText
{
    private const int StagesShown = 12;

    public static string Of(PlanReport report)
    {
        var (forecast, run, text) = (report.Forecast, report.Forecast.Run, new StringBuilder());
        Line(text, $"{forecast.Devices:#,0} devices, seed {forecast.Seed}: {Outcome(report)}");
        Line(text, $"");
        if (report.Rollout.Schedule != JobSchedule.Always)
            Line(text, $"  Times count from {report.Rollout.Zero:yyyy-MM-dd HH:mm:ss} UTC.");
        Stages(text, run.Stages);
        Line(text, $"  peak               {PlanReport.PeakPerMinute(run.Timeline),10:#,0} executions a minute");
        if (report.History is { } history)
            Line(text, $"  as in the journal of {history.Ended:#,0} executions from {DateTimeOffset.FromUnixTimeMilliseconds(history.FromMs):yyyy-MM-dd} to {DateTimeOffset.FromUnixTimeMilliseconds(history.ToMs):yyyy-MM-dd}: {history.Profile.Online.Mean * 100:0.#} % online, {history.Profile.DownloadSeconds.Quantile(50):0.#} s to download, {history.Profile.FailureRate.Mean * 100:0.##} % failed");
        var counts = run.Counts;
        Line(text, $"  started            {counts.All,10:#,0}  of {forecast.Devices + run.Joined:#,0}");
        Line(text, $"  succeeded          {counts.Succeeded,10:#,0}");
        Line(text, $"  failed             {counts.Failed,10:#,0}{(run.Reverted > 0 ? $"  ({run.Reverted:#,0} of them fell back to their old image)" : "")}");
        Line(text, $"  rejected           {counts.Rejected,10:#,0}");
        Line(text, $"  timed out          {counts.TimedOut,10:#,0}");
        if (run.Retried > 0)
            Line(text, $"  retries            {run.Retried,10:#,0}  (among those started, outside the rate)");
        if (run.Joined > 0)
            Line(text, $"  joined             {run.Joined,10:#,0}  while it ran, besides the fleet");
        if (run.NotReached > 0)
            Line(text, $"  not reached        {run.NotReached,10:#,0}  by the end time");
        if (counts.Canceled > 0)
            Line(text, $"  canceled           {counts.Canceled,10:#,0}");
        if (counts.Open > 0)
            Line(text, $"  left open          {counts.Open,10:#,0}  ({counts.Queued:#,0} queued, {counts.InProgress:#,0} in progress)");
        Line(text, $"");
        Spread(text, forecast);
        foreach (var finding in report.Findings)
        {
            Line(text, $"{finding.Severity.ToString().ToLowerInvariant()}: {finding.Field}: {finding.Cause}");
            Line(text, $"  {finding.Remedy}");
        }
        return text.ToString();
    }

    private static string Outcome(PlanReport report)
    {
        var run = report.Forecast.Run;
        if (run.AbortedBy is { } place)
        {
            var rule = report.Rollout.Abort[place];
            var late = run.HurtInTheEnd > run.Hurt ? Text($", {run.HurtInTheEnd:#,0} in the end") : "";
            return Text($"CANCELED by abort criterion {place} ({PlanReport.Wire(rule.FailureType)} {rule.ThresholdPercentage} % of at least {rule.MinNumberOfExecutedThings}) after {Time(run.EndedAtSecond!.Value)}; {run.Hurt:#,0} hurt by then{late}.");
        }
        if (run.Outcome == JobStatus.Canceled)
            return Text($"CANCELED at its end time, after {Time(run.EndedAtSecond!.Value)}; {run.Hurt:#,0} hurt.");
        return run.EndedAtSecond is { } second
            ? Text($"{run.Outcome.Wire()} after {Time(second)}; {run.Hurt:#,0} hurt.")
            : Text($"{run.Outcome.Wire()}: it does not complete{(run.PastHorizon ? " within 100 days" : "")}. {run.Hurt:#,0} hurt.");
    }

    private static void Stages(StringBuilder text, IReadOnlyList<RolloutStage> stages)
    {
        Line(text, $"  stage   rate/min        from          to     started{(stages.Any(stage => stage.Percent is not null) ? "  of the fleet" : "")}");
        for (var i = 0; i < Math.Min(stages.Count, StagesShown); i++)
            Line(text, $"  {i + 1,5} {stages[i].PerMinute,10:#,0} {Time(stages[i].StartsAtSecond),11} {Time(stages[i].EndsAtSecond),11} {stages[i].Started,11:#,0}{(stages[i].Percent is { } percent ? Text($"{percent,12:0.##} %") : "")}");
        if (stages.Count > StagesShown)
            Line(text, $"  … and {stages.Count - StagesShown} more, up to {stages[^1].PerMinute:#,0} a minute; --json lists them.");
        Line(text, $"");
    }

    private static void Spread(StringBuilder text, Forecast forecast)
    {
        if (forecast.Runs == 1)
            return;
        Line(text, $"  {forecast.Runs} runs                  p10         p50         p90");
        Line(text, $"  ends after     {Cell(forecast.EndedAtSecond.P10)} {Cell(forecast.EndedAtSecond.P50)} {Cell(forecast.EndedAtSecond.P90)}");
        Line(text, $"  hurt           {forecast.Hurt.P10,11:#,0} {forecast.Hurt.P50,11:#,0} {forecast.Hurt.P90,11:#,0}");
        Line(text, $"  aborted in     {forecast.AbortedShare * 100,9:0.#} % of the runs");
        Line(text, $"");

        static string Cell(long? second) => (second is { } value ? Time(value) : "never").PadLeft(11);
    }

    /// <summary>For example <c>0:45</c> (minutes and seconds), <c>2h 05:10</c>, <c>3d 04h</c>.</summary>
    private static string Time(long seconds) => seconds switch
    {
        < 3600 => Text($"{seconds / 60}:{seconds % 60:00}"),
        < 86_400 => Text($"{seconds / 3600}h {seconds / 60 % 60:00}:{seconds % 60:00}"),
        _ => Text($"{seconds / 86_400}d {seconds / 3600 % 24:00}h"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(Text(line)).Append('\n');
}
