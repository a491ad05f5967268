using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Http.Binding;
using Godwit.Server.Things;

namespace Godwit.Server.Http;

/// <summary>The part of Godwit's own API that shows the messages of one device.</summary>
public sealed class GodwitMessagesDoor(WatchMessages watch, ListMessages list)
{
    public const string Operations = "GET, POST and DELETE /godwit/things/{thingName}/messages";

    /// <summary>Null where the request is none of these.</summary>
    internal Task<ServiceError?>? Serve(Exchange exchange, Caller caller, byte[] body)
    {
        if (exchange.Request.RawPath.Split('/', StringSplitOptions.RemoveEmptyEntries) is not ["godwit", "things", var name, "messages"])
            return null;
        var thing = PercentText.Decode(name) ?? "";
        return exchange.Request.Method switch
        {
            "GET" => Run(exchange, nameof(ListMessages), list.Handle(caller, new(thing), exchange.Aborted)),
            "POST" => Watch(exchange, caller, thing, body),
            "DELETE" => Run(exchange, nameof(WatchMessages), watch.Handle(caller, new(thing, 0), exchange.Aborted)),
            _ => null,
        };
    }

    private async Task<ServiceError?> Watch(Exchange exchange, Caller caller, string thing, byte[] body)
    {
        try
        {
            var asked = body.Length == 0 ? null : JsonSerializer.Deserialize<Span>(body, WireJson.Options);
            return asked is { Minutes: < 1 }
                ? Errors.InvalidRequest("minutes must be from 1 to 60.")
                : await Run(exchange, nameof(WatchMessages), watch.Handle(caller, new(thing, asked?.Minutes), exchange.Aborted));
        }
        catch (JsonException broken)
        {
            return SerializationErrors.NotJson(broken);
        }
    }

    private static async Task<ServiceError?> Run<T>(Exchange exchange, string operation, Task<Result<T>> call)
    {
        exchange.Operation = "godwit." + operation;
        var result = await call;
        if (!result.IsOk)
            return result.Error;
        await exchange.Send(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(result.Value, WireJson.Options));
        return null;
    }

    private sealed record Span(int? Minutes);
}
