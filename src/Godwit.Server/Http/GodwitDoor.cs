using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Planning;
using Godwit.Server.Http.Binding;
using Godwit.Server.Planning;

namespace Godwit.Server.Http;

/// <summary>
/// Godwit's own API under <c>/godwit/</c>, JSON in and out, with the refusals' form of restJson1. Requests are signed like all others, for the service <c>iot</c>
/// (what AWS's own tools sign) or <c>godwit</c>.
/// </summary>
public sealed class GodwitDoor(PlanOtaUpdate plan, GodwitJobsDoor jobs, GodwitUsersDoor users, GodwitProgressDoor progress, GodwitPastDoor past, GodwitMessagesDoor messages, GodwitWhyDoor why, GodwitHealthDoor health, GodwitEventsDoor events)
{
    private const string PathStart = "/godwit/";

    private const string PlanForm =
        """Send {"request": {a CreateOTAUpdate request}, "fleet": 1000, "model": {…}, "seed": 1, "at": "2030-01-02T03:04:05Z"} with "history": true in place of the model to plan by the journal, or a CreateOTAUpdate request alone with ?fleet=1000&seed=1&history=true.""";

    public static bool Serves(string rawPath, string service) =>
        rawPath.StartsWith(PathStart, StringComparison.Ordinal) && service is "iot" or "execute-api" or "godwit";

    /// <summary>The refusal to write, or null once the answer is written.</summary>
    /// <param name="seesHealth">Whether the caller may be told more of the service's health than its state.</param>
    internal async Task<ServiceError?> Serve(Exchange exchange, Caller caller, byte[] body, Func<bool> seesHealth)
    {
        if ((jobs.Serve(exchange, caller, body) ?? users.Serve(exchange, caller, body) ?? progress.Serve(exchange, caller) ?? past.Serve(exchange, caller) ?? messages.Serve(exchange, caller, body) ?? why.Serve(exchange, caller) ?? health.Serve(exchange, caller, seesHealth) ?? events.Serve(exchange, caller, body)) is { } served)
            return await served;
        if (exchange.Request is not { Method: "POST", RawPath: "/godwit/plan" })
            return new ServiceError("UnknownOperationException", 404, $"There is no such operation. Under /godwit/ there are POST /godwit/plan, {GodwitJobsDoor.Operations}, {GodwitUsersDoor.Operations}, {GodwitProgressDoor.Operations}, {GodwitPastDoor.Operations}, {GodwitMessagesDoor.Operations}, {GodwitWhyDoor.Operations}, {GodwitHealthDoor.Operations}, {GodwitEventsDoor.Operations}.");
        exchange.Operation = "godwit.PlanOtaUpdate";
        var request = ReadPlan(exchange.Request.RawQuery, body);
        if (!request.IsOk)
            return request.Error;
        var report = await plan.Handle(caller, request.Value, exchange.Aborted);
        if (!report.IsOk)
            return report.Error;
        var answer = new ArrayBufferWriter<byte>(64 * 1024);
        report.Value.Write(answer);
        await exchange.Send(200, "application/json", answer.WrittenMemory);
        return null;
    }

    private static Result<PlanOtaUpdate.Request> ReadPlan(string rawQuery, byte[] body)
    {
        if (PercentText.Query(rawQuery) is not { } query)
            return new ServiceError(SerializationErrors.Exception, 400, "The query string is not percent-encoded UTF-8.");
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return SerializationErrors.NotAnObject;
            return document.RootElement.TryGetProperty("request", out var inner)
                ? ReadWhole(document.RootElement, inner)
                : ModelOf(null, Value(query, "history")).Then(model => Read(body, Value(query, "fleet"), Value(query, "seed"), Value(query, "at"), model));
        }
        catch (JsonException broken)
        {
            return SerializationErrors.NotJson(broken);
        }
    }

    private static Result<PlanOtaUpdate.Request> ReadWhole(JsonElement root, JsonElement inner)
    {
        var unknown = root.EnumerateObject().FirstOrDefault(member => member.Name is not ("request" or "fleet" or "model" or "seed" or "at" or "history"));
        if (unknown.Value.ValueKind != JsonValueKind.Undefined)
            return Errors.InvalidRequest($"A plan has no member '{(unknown.Name.Length > 64 ? unknown.Name[..64] : unknown.Name)}'. {PlanForm}");
        var given = root.TryGetProperty("model", out var model) && model.ValueKind != JsonValueKind.Null ? model : (JsonElement?)null;
        return ModelOf(given, Text(root, "history")).Then(read => Read(JsonSerializer.SerializeToUtf8Bytes(inner), Text(root, "fleet"), Text(root, "seed"), Text(root, "at")?.Trim('"'), read));
    }

    /// <summary>Null to plan by the journal.</summary>
    private static Result<FleetModel?> ModelOf(JsonElement? given, string? history) => (given, history) switch
    {
        (null, null or "false") => FleetModel.Default,
        ({ } model, null or "false") => FleetModelReader.Read(model).Map<FleetModel?>(read => read),
        (null, "true") => (FleetModel?)null,
        ({ }, "true") => Errors.InvalidRequest("A plan goes by a model or by the history of the fleet, and both are given. Leave one out."),
        _ => Errors.InvalidRequest($"history must be true or false. {PlanForm}"),
    };

    private static Result<PlanOtaUpdate.Request> Read(byte[] update, string? fleet, string? seed, string? at, FleetModel? model)
    {
        int? devices = null;
        if (fleet is not null)
        {
            if (!int.TryParse(fleet, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > PlanOtaUpdate.FleetMax)
                return Errors.InvalidRequest($"fleet must be a whole number from 1 to {PlanOtaUpdate.FleetMax}; without it, the things of the targets are counted. {PlanForm}");
            devices = number;
        }
        var seedNumber = 1UL;
        if (seed is not null && !ulong.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out seedNumber))
            return Errors.InvalidRequest($"seed must be a whole number from 0 to {ulong.MaxValue}. {PlanForm}");
        var sent = PlanTime.Read(at);
        return sent.Then(time => UnsentRequest.Read(update).Map(read => new PlanOtaUpdate.Request(read, devices, model, seedNumber, time)));
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetRawText() : null;

    private static string? Value(List<KeyValuePair<string, string>> query, string name) => query.Where(pair => pair.Key == name).Select(pair => pair.Value).FirstOrDefault();
}
