using System.Globalization;
using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Http.Binding;
using Godwit.Server.Jobs.Progress;
using Godwit.Server.Journal;

namespace Godwit.Server.Http;

/// <summary>The part of Godwit's own API that shows how things go: what pages and dashboards draw.</summary>
public sealed class GodwitProgressDoor(DescribeJobProgress progress, ListJobCells cells, DescribeJournal head)
{
    public const string Operations = "GET /godwit/jobs/{jobId}/progress, GET /godwit/jobs/{jobId}/cells, GET /godwit/journal/head";

    /// <summary>Null where the request is none of these.</summary>
    internal Task<ServiceError?>? Serve(Exchange exchange, Caller caller)
    {
        var (method, path) = (exchange.Request.Method, exchange.Request.RawPath.Split('/', StringSplitOptions.RemoveEmptyEntries));
        return (method, path) switch
        {
            ("GET", ["godwit", "jobs", var id, "progress"]) => Run(exchange, "DescribeJobProgress", _ => progress.Handle(caller, new(Decode(id)), exchange.Aborted)),
            ("GET", ["godwit", "jobs", var id, "cells"]) => Run(exchange, "ListJobCells", query => Cells(caller, Decode(id), query("at"), exchange.Aborted)),
            ("GET", ["godwit", "journal", "head"]) => Run(exchange, "DescribeJournal", query => head.Handle(caller, new(query("thing"), query("job")), exchange.Aborted)),
            _ => null,
        };
    }

    private async Task<Result<ListJobCells.Response>> Cells(Caller caller, string jobId, string? at, CancellationToken ct)
    {
        int? place = null;
        if (at is not null)
        {
            if (!int.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return Errors.InvalidRequest("at must be a whole number from 0.");
            place = number;
        }
        return await cells.Handle(caller, new(jobId, place), ct);
    }

    private static string Decode(string segment) => PercentText.Decode(segment) ?? "";

    private static async Task<ServiceError?> Run<T>(Exchange exchange, string operation, Func<Func<string, string?>, Task<Result<T>>> call)
    {
        exchange.Operation = "godwit." + operation;
        if (PercentText.Query(exchange.Request.RawQuery) is not { } query)
            return new ServiceError(SerializationErrors.Exception, 400, "The query string is not percent-encoded UTF-8.");
        var result = await call(name => query.Where(pair => pair.Key == name).Select(pair => pair.Value).FirstOrDefault());
        if (!result.IsOk)
            return result.Error;
        await exchange.Send(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(result.Value, WireJson.Options));
        return null;
    }
}
