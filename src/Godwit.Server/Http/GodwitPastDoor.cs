using System.Globalization;
using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.OtaUpdates;
using Godwit.Server.OtaUpdates.Versions;

namespace Godwit.Server.Http;

/// <summary>The part of Godwit's own API that shows updates and devices as of a moment.</summary>
public sealed class GodwitPastDoor(ListOtaUpdatesAsOf updates, DescribeThingAsOf thing)
{
    public const string Operations = "GET /godwit/ota-updates, GET /godwit/things/{thingName}";

    /// <summary>Null where the request is none of these.</summary>
    internal Task<ServiceError?>? Serve(Exchange exchange, Caller caller) =>
        (exchange.Request.Method, exchange.Request.RawPath.Split('/', StringSplitOptions.RemoveEmptyEntries)) switch
        {
            ("GET", ["godwit", "ota-updates"]) => Run(exchange, nameof(ListOtaUpdatesAsOf), (query, asOf) => List(caller, query, asOf, exchange.Aborted)),
            ("GET", ["godwit", "things", var name]) => Run(
                exchange, nameof(DescribeThingAsOf), (_, asOf) => thing.Handle(caller, new(PercentText.Decode(name) ?? "", asOf), exchange.Aborted)),
            _ => null,
        };

    private async Task<Result<ListOtaUpdatesAsOf.Response>> List(Caller caller, Func<string, string?> query, DateTimeOffset? asOf, CancellationToken ct)
    {
        int? size = null;
        if (query("maxResults") is { } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return Errors.InvalidRequest($"maxResults must be a whole number from 1 to {ListOtaUpdatesAsOf.PageMax}.");
            size = number;
        }
        return await updates.Handle(caller, new(asOf, size, query("nextToken")), ct);
    }

    private static async Task<ServiceError?> Run<T>(Exchange exchange, string operation, Func<Func<string, string?>, DateTimeOffset?, Task<Result<T>>> call)
    {
        exchange.Operation = "godwit." + operation;
        if (PercentText.Query(exchange.Request.RawQuery) is not { } pairs)
            return new ServiceError(Binding.SerializationErrors.Exception, 400, "The query string is not percent-encoded UTF-8.");
        string? Value(string name) => pairs.Where(pair => pair.Key == name).Select(pair => pair.Value).FirstOrDefault();
        var asOf = QueryMoment.Read("asOf", Value("asOf"));
        if (!asOf.IsOk)
            return asOf.Error;
        var result = await call(Value, asOf.Value);
        if (!result.IsOk)
            return result.Error;
        await exchange.Send(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(result.Value, WireJson.Options));
        return null;
    }
}
