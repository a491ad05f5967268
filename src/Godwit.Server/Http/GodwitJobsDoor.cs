using System.Globalization;
using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Http.Binding;
using Godwit.Server.Jobs;
using Godwit.Server.Journal;

namespace Godwit.Server.Http;

/// <summary>The part of Godwit's own API that steers running jobs and reads the journal.</summary>
public sealed class GodwitJobsDoor(PauseJob pause, UpdateJob update, GetJournal journal, DescribeJobAsOf describe)
{
    public const string Operations =
        "POST /godwit/jobs/{jobId}/pause, /resume and /rate, GET /godwit/jobs/{jobId} and GET /godwit/journal";

    /// <summary>Null where the request is none of these.</summary>
    internal Task<ServiceError?>? Serve(Exchange exchange, Caller caller, byte[] body)
    {
        var (method, path) = (exchange.Request.Method, exchange.Request.RawPath.Split('/', StringSplitOptions.RemoveEmptyEntries));
        return (method, path) switch
        {
            ("POST", ["godwit", "jobs", var id, "pause" or "resume"]) => Steer(exchange, caller, id, path[3] == "pause"),
            ("POST", ["godwit", "jobs", var id, "rate"]) => Rate(exchange, caller, id, body),
            ("GET", ["godwit", "jobs", var id]) => Describe(exchange, caller, id),
            ("GET", ["godwit", "journal"]) => Journal(exchange, caller),
            _ => null,
        };
    }

    private async Task<ServiceError?> Steer(Exchange exchange, Caller caller, string jobId, bool hold)
    {
        exchange.Operation = hold ? "godwit.PauseJob" : "godwit.ResumeJob";
        return await Answer(exchange, await pause.Handle(caller, new PauseJob.Request(jobId, hold), exchange.Aborted));
    }

    private async Task<ServiceError?> Rate(Exchange exchange, Caller caller, string jobId, byte[] body)
    {
        exchange.Operation = "godwit.ChangeJobRate";
        if (ReadRate(body) is not { } perMinute)
            return Errors.InvalidRequest("The body names no rate. Send {\"maximumPerMinute\": 100}, a whole number from 1 to 1000.");
        var request = new UpdateJob.Request { JobId = jobId, JobExecutionsRolloutConfig = new() { MaximumPerMinute = perMinute } };
        var updated = await update.Handle(caller, request, exchange.Aborted);
        return await Answer(exchange, updated.Map(_ => new ChangedRate(jobId, perMinute)));
    }

    private static int? ReadRate(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("maximumPerMinute", out var rate)
                && rate.ValueKind == JsonValueKind.Number && rate.TryGetInt32(out var perMinute) && perMinute >= 1
                ? perMinute
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<ServiceError?> Describe(Exchange exchange, Caller caller, string jobId)
    {
        exchange.Operation = "godwit.DescribeJobAsOf";
        if (PercentText.Query(exchange.Request.RawQuery) is not { } query)
            return BadQuery;
        var asOf = QueryMoment.Read("asOf", Value(query, "asOf"));
        return asOf.IsOk ? await Answer(exchange, await describe.Handle(caller, new DescribeJobAsOf.Request(jobId, asOf.Value), exchange.Aborted)) : asOf.Error;
    }

    private async Task<ServiceError?> Journal(Exchange exchange, Caller caller)
    {
        exchange.Operation = "godwit.GetJournal";
        if (PercentText.Query(exchange.Request.RawQuery) is not { } query)
            return BadQuery;
        int? size = null;
        if (Value(query, "maxResults") is { } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return Errors.InvalidRequest($"maxResults must be a whole number from 1 to {GetJournal.PageMax}.");
            size = number;
        }
        if (Value(query, "order") is { } order && order is not ("oldest" or "newest"))
            return Errors.InvalidRequest("order must be oldest or newest.");
        var until = QueryMoment.Read("until", Value(query, "until"));
        if (!until.IsOk)
            return until.Error;
        var request = new GetJournal.Request(Value(query, "thing"), Value(query, "job"), size, Value(query, "nextToken"), Value(query, "order") == "newest", until.Value);
        return await Answer(exchange, await journal.Handle(caller, request, exchange.Aborted));
    }

    private static ServiceError BadQuery => new(SerializationErrors.Exception, 400, "The query string is not percent-encoded UTF-8.");

    private static string? Value(List<KeyValuePair<string, string>> query, string name) =>
        query.Where(pair => pair.Key == name).Select(pair => pair.Value).FirstOrDefault();

    private static async Task<ServiceError?> Answer<T>(Exchange exchange, Result<T> result)
    {
        if (!result.IsOk)
            return result.Error;
        await exchange.Send(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(result.Value, WireJson.Options));
        return null;
    }

    private sealed record ChangedRate(string JobId, int MaximumPerMinute);
}
