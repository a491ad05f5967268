using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Server.Jobs.Device;

namespace Godwit.Fuzz;

/// <summary>Payloads of the jobs topics: what the grammar made is read as it was meant; whatever was changed is read or refused.</summary>
internal sealed class JobsJsonTarget : FuzzTarget
{
    private readonly Dictionary<string, object?> _expected = new(StringComparer.Ordinal);
    private byte[] _bytes = [];
    private bool _isMeant;
    private DeviceRequest _request = DeviceRequest.Parse(default);

    public override string Name => "json-jobs";

    public override int Share => 70;

    public override int Make(FuzzRandom random)
    {
        _expected.Clear();
        var json = new JsonObject();
        foreach (var name in (string[])["clientToken", "status", "expectedVersion", "executionNumber", "stepTimeoutInMinutes", "includeJobDocument", "statusDetails", "__proto__"])
            if (random.Chance(40))
                json[name] = Value(random, name);
        _bytes = Encoding.UTF8.GetBytes(json.ToJsonString());
        _isMeant = true;
        if (random.Chance(60))
        {
            var changed = random.Mutate(_bytes);
            _isMeant = changed.AsSpan().SequenceEqual(_bytes);
            _bytes = changed;
        }
        return _bytes.Length;
    }

    public override string? Run()
    {
        _request = DeviceRequest.Parse(_bytes);
        return null;
    }

    public override string? Compare()
    {
        if (!_isMeant)
            return _request.Refusal is null && _bytes.Length > 0 && !IsObject() ? "it is taken and is no object of JSON" : null;
        if (_request.Refusal is { } refusal)
            return $"it is refused: {refusal}";
        return Differs("clientToken", _request.ClientToken) ?? Differs("status", _request.Status) ?? Differs("expectedVersion", _request.ExpectedVersion)
            ?? Differs("executionNumber", _request.ExecutionNumber) ?? Differs("stepTimeoutInMinutes", _request.StepTimeoutInMinutes)
            ?? Differs("includeJobDocument", _request.IncludeJobDocument)
            ?? Differs("statusDetails", _request.StatusDetails is { } details ? string.Join('|', details.Select(detail => detail.Key + "=" + detail.Value)) : null);
    }

    public override string Show() => Encoding.UTF8.GetString(_bytes);

    private string? Differs(string name, object? read) =>
        Equals(_expected.GetValueOrDefault(name), read) ? null : $"{name} is '{read}', and should be '{_expected.GetValueOrDefault(name)}'";

    private bool IsObject()
    {
        try
        {
            using var json = JsonDocument.Parse(_bytes);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private JsonNode? Value(FuzzRandom random, string name)
    {
        switch (name)
        {
            case "clientToken" or "status":
                var text = random.Text(10);
                _expected[name] = text;
                return JsonValue.Create(text);
            case "includeJobDocument":
                var yes = random.Chance(50);
                _expected[name] = yes;
                return random.Chance(30) ? JsonValue.Create(yes ? "true" : "False") : JsonValue.Create(yes);
            case "statusDetails":
                var (details, said) = (new JsonObject(), new List<string>());
                for (var i = random.Below(4); i > 0; i--)
                {
                    var value = random.Text(5);
                    details[$"k{i}"] = value;
                    said.Add($"k{i}={value}");
                }
                _expected[name] = string.Join('|', said);
                return details;
            case "__proto__":
                return new JsonObject { ["constructor"] = random.Text(4), ["deep"] = new JsonArray(new JsonArray(1)) };
            default:
                if (random.Chance(10))
                    return null;
                var number = (long)(random.Number() >> 1);
                _expected[name] = number;
                return random.Chance(30) ? JsonValue.Create(number.ToString(CultureInfo.InvariantCulture)) : JsonValue.Create(number);
        }
    }
}
