using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Godwit.Core;
using Godwit.Server.Http.Binding;
using Godwit.Server.OtaUpdates;

namespace Godwit.Server.Http;

/// <summary>
/// A CreateOTAUpdate request as a JSON object of all its members, as <c>aws iot create-ota-update --cli-input-json</c> takes it: checked by the same model, with the same
/// words, as one that comes over the wire.
/// </summary>
public static class UnsentRequest
{
    /// <summary>Where the id is left out, as it is in a request's body: nothing that is planned depends on it.</summary>
    private const string IdIfNone = "plan";

    private static readonly Lazy<OperationModel> Operation = new(() => ServiceModel.Load("iot", only: "CreateOTAUpdate").Operations.Single());

    public static Result<CreateOtaUpdate.Request> Read(ReadOnlyMemory<byte> json)
    {
        string? id;
        try
        {
            using var document = JsonDocument.Parse(json);
            id = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("otaUpdateId", out var given)
                && given.ValueKind == JsonValueKind.String ? given.GetString() : IdIfNone;
        }
        catch (JsonException broken)
        {
            return SerializationErrors.NotJson(broken);
        }
        var bound = new ArrayBufferWriter<byte>(json.Length + 256);
        var parts = new HttpParts(new Dictionary<string, string> { ["otaUpdateId"] = id! }, [], _ => null, json);
        if (RequestBinder.Bind(Operation.Value, parts, bound) is { } invalid)
            return invalid;
        return JsonSerializer.Deserialize(bound.WrittenSpan, (JsonTypeInfo<CreateOtaUpdate.Request>)WireJson.Options.GetTypeInfo(typeof(CreateOtaUpdate.Request)))!;
    }
}
