using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Http.Binding;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Why;

namespace Godwit.Server.Http;

/// <summary>The part of Godwit's own API that tells why a device has an update, or has it not, and what would go wrong with an update on devices.</summary>
public sealed class GodwitWhyDoor(AskWhyNot why, PreflightOtaUpdate preflight)
{
    public const string Operations = "GET /godwit/why, GET /godwit/ota-updates/{otaUpdateId}/preflight";

    /// <summary>Null where the request is none of these.</summary>
    internal Task<ServiceError?>? Serve(Exchange exchange, Caller caller) =>
        (exchange.Request.Method, exchange.Request.RawPath.Split('/')) switch
        {
            ("GET", ["", "godwit", "why"]) => Why(exchange, caller),
            ("GET", ["", "godwit", "ota-updates", var id, "preflight"]) => Preflight(exchange, caller, id),
            _ => null,
        };

    private async Task<ServiceError?> Preflight(Exchange exchange, Caller caller, string otaUpdateId)
    {
        exchange.Operation = "godwit.PreflightOtaUpdate";
        var answer = await preflight.Handle(caller, otaUpdateId, exchange.Aborted);
        if (!answer.IsOk)
            return answer.Error;
        await exchange.Send(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(answer.Value, WireJson.Options));
        return null;
    }

    private async Task<ServiceError?> Why(Exchange exchange, Caller caller)
    {
        exchange.Operation = "godwit.AskWhyNot";
        if (PercentText.Query(exchange.Request.RawQuery) is not { } query)
            return new ServiceError(SerializationErrors.Exception, 400, "The query string is not percent-encoded UTF-8.");
        string? Value(string name) => query.Where(pair => pair.Key == name).Select(pair => pair.Value).FirstOrDefault();
        var answer = await why.Handle(caller, new AskWhyNot.Request(Value("thing"), Value("ota"), Value("job")), exchange.Aborted);
        if (!answer.IsOk)
            return answer.Error;
        await exchange.Send(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(answer.Value, WireJson.Options));
        return null;
    }
}
