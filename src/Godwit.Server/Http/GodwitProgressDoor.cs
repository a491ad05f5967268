using System.Globalization;
using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Certificates;
using Godwit.Server.Http.Binding;
using Godwit.Server.Jobs.Progress;
using Godwit.Server.Journal;
using Godwit.Server.OtaUpdates.Firmware;
using Godwit.Server.OtaUpdates.Versions;
using Godwit.Server.Streams;
using Godwit.Server.Things;

namespace Godwit.Server.Http;

/// <summary>The part of Godwit's own API that shows how things go: what pages and dashboards draw.</summary>
public sealed class GodwitProgressDoor(
    DescribeJobProgress progress, ListJobCells cells, DescribeJournal head, DescribeFleet fleet, ListFleetVersions versions, ListVersionDoubts doubts, ListFirmware firmware, DescribeFirmware image, ListExpiringCertificates expiring, DescribeDeviceTrail trail, DescribeStreamTraffic traffic)
{
    public const string Operations = "GET /godwit/jobs/{jobId}/progress, GET /godwit/jobs/{jobId}/cells, GET /godwit/journal/head, GET /godwit/fleet, GET /godwit/fleet/versions, GET /godwit/fleet/doubts, GET /godwit/firmware, GET /godwit/certificates/expiring, GET /godwit/things/{thingName}/trail, GET /godwit/streams/{streamId}/traffic";

    /// <summary>Null where the request is none of these.</summary>
    internal Task<ServiceError?>? Serve(Exchange exchange, Caller caller)
    {
        var (method, path) = (exchange.Request.Method, exchange.Request.RawPath.Split('/', StringSplitOptions.RemoveEmptyEntries));
        return (method, path) switch
        {
            ("GET", ["godwit", "jobs", var id, "progress"]) => Run(exchange, "DescribeJobProgress", _ => progress.Handle(caller, new(Decode(id)), exchange.Aborted)),
            ("GET", ["godwit", "jobs", var id, "cells"]) => Run(exchange, "ListJobCells", query => Whole(query, "at", at => cells.Handle(caller, new(Decode(id), at), exchange.Aborted))),
            ("GET", ["godwit", "journal", "head"]) => Run(exchange, "DescribeJournal", query => head.Handle(caller, new(query("thing"), query("job")), exchange.Aborted)),
            ("GET", ["godwit", "fleet"]) => Run(exchange, "DescribeFleet", query => Moment(query, asOf => fleet.Handle(caller, new(asOf), exchange.Aborted))),
            ("GET", ["godwit", "fleet", "versions"]) => Run(
                exchange, "ListFleetVersions", query => Whole(query, "minutes", minutes => Moment(query, asOf => versions.Handle(caller, new(minutes, asOf), exchange.Aborted)))),
            ("GET", ["godwit", "fleet", "doubts"]) => Run(exchange, "ListVersionDoubts", query => doubts.Handle(caller, new(query("thing")), exchange.Aborted)),
            ("GET", ["godwit", "firmware"]) => Firmware(exchange, caller),
            ("GET", ["godwit", "things", var thing, "trail"]) => Run(exchange, "DescribeDeviceTrail", _ => trail.Handle(caller, new(Decode(thing)), exchange.Aborted)),
            ("GET", ["godwit", "streams", var stream, "traffic"]) => Run(exchange, "DescribeStreamTraffic", _ => traffic.Handle(caller, new(Decode(stream)), exchange.Aborted)),
            ("GET", ["godwit", "certificates", "expiring"]) => Run(
                exchange, "ListExpiringCertificates", query => Whole(query, "days", days => expiring.Handle(caller, new(days), exchange.Aborted))),
            _ => null,
        };
    }

    /// <summary>A bucket's images, or with a key one of them.</summary>
    private Task<ServiceError?> Firmware(Exchange exchange, Caller caller) =>
        PercentText.Query(exchange.Request.RawQuery)?.Any(pair => pair.Key == "key") == true
            ? Run(exchange, "DescribeFirmware", query => image.Handle(caller, new(query("bucket") ?? "", query("key") ?? "", query("versionId")), exchange.Aborted))
            : Run(exchange, "ListFirmware", query => firmware.Handle(caller, new(query("bucket"), query("prefix"), query("nextToken")), exchange.Aborted));

    /// <summary>A parameter that is a whole number, or null where it is not given.</summary>
    private static async Task<Result<T>> Whole<T>(Func<string, string?> query, string name, Func<int?, Task<Result<T>>> call)
    {
        if (query(name) is not { } text)
            return await call(null);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? await call(number)
            : Errors.InvalidRequest($"{name} must be a whole number from 0.");
    }

    private static async Task<Result<T>> Moment<T>(Func<string, string?> query, Func<DateTimeOffset?, Task<Result<T>>> call)
    {
        var asOf = QueryMoment.Read("asOf", query("asOf"));
        return asOf.IsOk ? await call(asOf.Value) : asOf.Error;
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
