using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Godwit.Server.Jobs.Device;

/// <summary>
/// The payload of a jobs request topic. Nothing and <c>{}</c> ask for nothing special; members that an operation does not know are passed over;
/// numbers and booleans may come as texts, because devices in the field send them so.
/// </summary>
internal sealed class DeviceRequest
{
    private const int ClientTokenMax = 64;

    private DeviceRequest()
    {
    }

    /// <summary>To be echoed; null if none came, or one that is too long to give back.</summary>
    public string? ClientToken { get; private set; }

    /// <summary>Why the payload cannot be used, if so.</summary>
    public DeviceRefusal? Refusal { get; private set; }

    public string? Status { get; private set; }

    public Dictionary<string, string>? StatusDetails { get; private set; }

    public long? ExpectedVersion { get; private set; }

    public long? ExecutionNumber { get; private set; }

    public long? StepTimeoutInMinutes { get; private set; }

    public bool? IncludeJobDocument { get; private set; }

    public bool? IncludeJobExecutionState { get; private set; }

    public static DeviceRequest Parse(ReadOnlyMemory<byte> payload)
    {
        var request = new DeviceRequest();
        if (payload.IsEmpty)
            return request;
        try
        {
            using var json = JsonDocument.Parse(payload);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                request.Read(json.RootElement);
            else
                request.Refusal = DeviceRefusals.InvalidJson("it is of another kind.");
        }
        catch (JsonException broken)
        {
            request.Refusal = DeviceRefusals.InvalidJson(broken.Message);
        }
        catch (InvalidOperationException)
        {
            // A text with bytes that are not UTF-8, or half a surrogate pair.
            request.Refusal = DeviceRefusals.InvalidJson("it holds a text that is not UTF-8.");
        }
        return request;
    }

    private void Read(JsonElement json)
    {
        if (Member(json, "clientToken") is { } token)
        {
            if (token.ValueKind != JsonValueKind.String || Encoding.UTF8.GetByteCount(token.GetString()!) > ClientTokenMax)
                Refusal = DeviceRefusals.InvalidRequest($"clientToken must be a text of at most {ClientTokenMax} bytes.");
            else
                ClientToken = token.GetString();
        }
        Status = Member(json, "status") is { } status ? Text(status, "status") : null;
        StatusDetails = Member(json, "statusDetails") is { } details ? Details(details) : null;
        ExpectedVersion = Number(json, "expectedVersion");
        ExecutionNumber = Number(json, "executionNumber");
        StepTimeoutInMinutes = Number(json, "stepTimeoutInMinutes");
        IncludeJobDocument = Boolean(json, "includeJobDocument");
        IncludeJobExecutionState = Boolean(json, "includeJobExecutionState");
    }

    private string? Text(JsonElement value, string name)
    {
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString();
        Refusal ??= DeviceRefusals.InvalidRequest($"{name} must be a text.");
        return null;
    }

    private Dictionary<string, string>? Details(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            Refusal ??= DeviceRefusals.InvalidRequest("statusDetails must be an object of texts.");
            return null;
        }
        var details = new Dictionary<string, string>();
        foreach (var member in value.EnumerateObject())
        {
            // Some agents report a number where the model has a text.
            var text = member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString(),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => member.Value.GetRawText(),
                _ => null,
            };
            if (text is null)
                Refusal ??= DeviceRefusals.InvalidRequest($"statusDetails.{member.Name} must be a text.");
            else
                details[member.Name] = text;
        }
        return details;
    }

    private long? Number(JsonElement json, string name)
    {
        if (Member(json, name) is not { } value)
            return null;
        var number = 0L;
        var isNumber = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetInt64(out number),
            JsonValueKind.String => long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number),
            _ => false,
        };
        if (!isNumber)
            Refusal ??= DeviceRefusals.InvalidRequest($"{name} must be a whole number.");
        return isNumber ? number : null;
    }

    private bool? Boolean(JsonElement json, string name)
    {
        switch (Member(json, name))
        {
            case null:
                return null;
            case { ValueKind: JsonValueKind.True }:
                return true;
            case { ValueKind: JsonValueKind.False }:
                return false;
            case { ValueKind: JsonValueKind.String } text when bool.TryParse(text.GetString(), out var value):
                return value;
            default:
                Refusal ??= DeviceRefusals.InvalidRequest($"{name} must be true or false.");
                return null;
        }
    }

    private static JsonElement? Member(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
