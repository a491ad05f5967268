using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Core.Jobs;
using Godwit.Core.Planning;

namespace Godwit.Server.Planning;

/// <summary>What a dry run answers: the forecast and the findings; <see cref="Write"/> is its JSON.</summary>
public sealed record PlanReport(Forecast Forecast, PlannedRollout Rollout, IReadOnlyList<Finding> Findings)
{
    /// <summary>What the model was made of, where it was made of a journal.</summary>
    public HistoricFleet? History { get; init; }

    private static readonly JsonWriterOptions Writing = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The number of the timeline's row that first shows what happened in a second.</summary>
    public static long? Minute(long? second) => second is { } value ? (value / 60) + 1 : null;

    public void Write(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, Writing);
        json.WriteStartObject();
        WriteOutcome(json);
        WriteQuantiles(json);
        WriteStages(json);
        if (History is not null)
            WriteHistory(json, History);
        WriteFindings(json);
        WriteTimeline(json);
        WriteCurve(json);
        json.WriteEndObject();
    }

    private void WriteOutcome(Utf8JsonWriter json)
    {
        var run = Forecast.Run;
        json.WriteNumber("fleet", Forecast.Devices);
        json.WriteNumber("seed", Forecast.Seed);
        if (Rollout.Schedule != JobSchedule.Always)
            json.WriteString("startsAt", Rollout.Zero.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteString("outcome", run.Outcome.Wire());
        Number(json, "completedAtMinute", Minute(run.EndedAtSecond));
        Number(json, "completedAtSecond", run.EndedAtSecond);
        if (run.AbortedBy is { } place)
        {
            var criterion = Rollout.Abort[place];
            json.WriteStartObject("abortedBy");
            json.WriteNumber("criterion", place);
            json.WriteString("failureType", Wire(criterion.FailureType));
            json.WriteNumber("thresholdPercentage", criterion.ThresholdPercentage);
            json.WriteNumber("minNumberOfExecutedThings", criterion.MinNumberOfExecutedThings);
            json.WriteEndObject();
        }
        else if (run.Outcome == JobStatus.Canceled)
            json.WriteString("canceledBy", "endTime");
        json.WriteNumber("hurt", run.Hurt);
        json.WriteNumber("hurtInTheEnd", run.HurtInTheEnd);
        json.WriteNumber("reverted", run.Reverted);
        if (Rollout.Retries != default)
            json.WriteNumber("retried", run.Retried);
        if (run.Joined > 0)
            json.WriteNumber("joined", run.Joined);
        if (run.NotReached > 0)
            json.WriteNumber("notReached", run.NotReached);
        json.WriteNumber("peakPerMinute", PeakPerMinute(run.Timeline));
        json.WritePropertyName("totals");
        WriteRow(json, run.Timeline[^1], withMinute: false);
        if (run.PastHorizon)
            json.WriteNumber("horizonMinutes", RolloutForecast.HorizonSeconds / 60);
    }

    public static long PeakPerMinute(IReadOnlyList<ForecastMinute> timeline) => timeline.Skip(1).Zip(timeline, (row, before) => row.Started - before.Started).DefaultIfEmpty(0).Max();

    private void WriteQuantiles(Utf8JsonWriter json)
    {
        json.WriteNumber("runs", Forecast.Runs);
        json.WriteNumber("abortedShare", Forecast.AbortedShare);
        Quantile("p10", Forecast.EndedAtSecond.P10, Forecast.Hurt.P10);
        Quantile("p50", Forecast.EndedAtSecond.P50, Forecast.Hurt.P50);
        Quantile("p90", Forecast.EndedAtSecond.P90, Forecast.Hurt.P90);

        void Quantile(string name, long? endedAt, long? hurt)
        {
            json.WriteStartObject(name);
            Number(json, "completedAtMinute", Minute(endedAt));
            Number(json, "completedAtSecond", endedAt);
            Number(json, "hurt", hurt);
            json.WriteEndObject();
        }
    }

    private void WriteStages(Utf8JsonWriter json)
    {
        json.WriteStartArray("stages");
        foreach (var stage in Forecast.Run.Stages)
        {
            json.WriteStartObject();
            if (stage.Percent is { } percent)
                json.WriteNumber("percent", percent);
            json.WriteNumber("ratePerMinute", stage.PerMinute);
            json.WriteNumber("startMinute", Math.Round(stage.StartsAtSecond / 60m, 2));
            json.WriteNumber("endMinute", Math.Round(stage.EndsAtSecond / 60m, 2));
            json.WriteNumber("started", stage.Started);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>In words of the model file, the times by their quantiles.</summary>
    private static void WriteHistory(Utf8JsonWriter json, HistoricFleet history)
    {
        json.WriteStartObject("history");
        json.WriteNumber("executions", history.Ended);
        json.WriteNumber("unanswered", history.Unanswered);
        json.WriteString("from", DateTimeOffset.FromUnixTimeMilliseconds(history.FromMs));
        json.WriteString("to", DateTimeOffset.FromUnixTimeMilliseconds(history.ToMs));
        var profile = history.Profile;
        json.WriteNumber("online", profile.Online.Mean);
        json.WriteNumber("failureRate", profile.FailureRate.Mean);
        json.WriteNumber("rejectRate", profile.RejectRate.Mean);
        json.WriteNumber("revertRate", profile.RevertRate.Mean);
        json.WriteNumber("stallRate", profile.StallRate.Mean);
        WriteSpread(json, "downloadSeconds", profile.DownloadSeconds);
        if (profile.OfflineMinutes is { } minutes)
            WriteSpread(json, "offlineMinutes", minutes);
        json.WriteEndObject();
    }

    private static void WriteSpread(Utf8JsonWriter json, string name, Distribution times)
    {
        json.WriteStartObject(name);
        foreach (var percent in (ReadOnlySpan<int>)[10, 50, 90])
            json.WriteNumber($"p{percent}", times.Quantile(percent));
        json.WriteEndObject();
    }

    private void WriteFindings(Utf8JsonWriter json)
    {
        json.WriteStartArray("findings");
        foreach (var finding in Findings)
        {
            json.WriteStartObject();
            json.WriteString("severity", finding.Severity.ToString().ToLowerInvariant());
            json.WriteString("field", finding.Field);
            json.WriteString("cause", finding.Cause);
            json.WriteString("remedy", finding.Remedy);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WriteTimeline(Utf8JsonWriter json)
    {
        json.WriteStartArray("timeline");
        foreach (var row in Forecast.Run.Timeline)
            WriteRow(json, row, withMinute: true);
        json.WriteEndArray();
    }

    private void WriteCurve(Utf8JsonWriter json)
    {
        json.WriteStartArray("curve");
        foreach (var point in Forecast.Run.Curve)
        {
            json.WriteStartObject();
            json.WriteNumber("second", point.Second);
            json.WriteNumber("started", point.Started);
            json.WriteNumber("succeeded", point.Succeeded);
            json.WriteNumber("hurt", point.Hurt);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteRow(Utf8JsonWriter json, in ForecastMinute row, bool withMinute)
    {
        json.WriteStartObject();
        if (withMinute)
            json.WriteNumber("minute", row.Minute);
        json.WriteNumber("started", row.Started);
        json.WriteNumber("queued", row.Queued);
        json.WriteNumber("inProgress", row.InProgress);
        json.WriteNumber("succeeded", row.Succeeded);
        json.WriteNumber("failed", row.Failed);
        json.WriteNumber("rejected", row.Rejected);
        json.WriteNumber("timedOut", row.TimedOut);
        json.WriteNumber("canceled", row.Canceled);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    public static string Wire(FailureType type) => type switch
    {
        FailureType.TimedOut => "TIMED_OUT",
        _ => type.ToString().ToUpperInvariant(),
    };
}
