using System.Reflection;
using System.Text.Json;

namespace Godwit.Server.Http.Binding;

/// <summary>A service as AWS's model describes it: operations, shapes, constraints.</summary>
public sealed class ServiceModel
{
    /// <summary>The jobs of OTA updates are named <c>AFR_OTA-</c> and up to 64 characters more; devices have room for 72, and all but CreateJob must find them.</summary>
    private const int JobIdLengthMax = 72;

    private readonly JsonElement _shapes;
    private readonly string _service;
    private readonly Dictionary<string, Shape> _known = new(StringComparer.Ordinal);
    private Shape? _jobIdToFind;

    private ServiceModel(string service, JsonElement root, string? only)
    {
        (_service, _shapes) = (service, root.GetProperty("shapes"));
        Operations = [.. root.GetProperty("operations").EnumerateObject().Where(o => only is null || o.Value.GetProperty("name").ValueEquals(only)).Select(o => ReadOperation(o.Value))];
    }

    public IReadOnlyList<OperationModel> Operations { get; }

    /// <summary>Reads an embedded model.</summary>
    /// <param name="file"><c>iot</c>, <c>iot-later</c>, <c>iot-transfers</c>, <c>iot-data</c>, <c>iot-jobs-data</c>, <c>signer</c>, <c>signer-permissions</c>, <c>acm</c>.</param>
    /// <param name="only">Just this operation and its shapes, for what asks for no other.</param>
    public static ServiceModel Load(string file, string? only = null)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Godwit.Server.Http.Models.{file}.json")
            ?? throw new ArgumentException($"There is no model '{file}'.", nameof(file));
        using var document = JsonDocument.Parse(stream);
        return new ServiceModel(file switch { "iot-later" or "iot-transfers" => "iot", "signer-permissions" => "signer", _ => file }, document.RootElement, only);
    }

    private OperationModel ReadOperation(JsonElement operation)
    {
        var http = operation.GetProperty("http");
        return new OperationModel(
            _service,
            operation.GetProperty("name").GetString()!,
            http.GetProperty("method").GetString()!,
            http.GetProperty("requestUri").GetString()!,
            operation.TryGetProperty("input", out var input) ? Find(input) : null,
            operation.TryGetProperty("output", out var output) ? Find(output) : null,
            [.. operation.GetProperty("errors").EnumerateArray().Select(e => e.GetString()!)]);
    }

    private Shape Find(JsonElement reference)
    {
        var name = reference.GetProperty("shape").GetString()!;
        if (_known.TryGetValue(name, out var known))
            return known;
        var json = _shapes.GetProperty(name);
        var kind = Enum.Parse<ShapeKind>(json.GetProperty("type").GetString()!, ignoreCase: true);
        var shape = new Shape(name, kind)
        {
            Min = Number(json, "min"),
            Max = Number(json, "max"),
            Pattern = json.TryGetProperty("pattern", out var pattern) ? new ModelPattern(pattern.GetString()!) : null,
            Enum = json.TryGetProperty("enum", out var values) ? [.. values.EnumerateArray().Select(v => v.GetString()!)] : null,
            IsSensitive = json.TryGetProperty("sensitive", out var sensitive) && sensitive.GetBoolean(),
        };
        // Known before its parts are read, so that a shape may hold itself.
        _known.Add(name, shape);
        ReadParts(shape, json);
        return shape;
    }

    private void ReadParts(Shape shape, JsonElement json)
    {
        switch (shape.Kind)
        {
            case ShapeKind.List:
                shape.Element = Find(json.GetProperty("member"));
                break;
            case ShapeKind.Map:
                shape.Key = Find(json.GetProperty("key"));
                shape.Element = Find(json.GetProperty("value"));
                break;
            case ShapeKind.Structure:
                var required = json.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(n => n.GetString()!).ToHashSet() : [];
                var payload = json.TryGetProperty("payload", out var raw) ? raw.GetString() : null;
                shape.Members = [.. json.GetProperty("members").EnumerateObject().Select(m => ReadMember(shape, m, required, payload))];
                break;
        }
    }

    private ShapeMember ReadMember(Shape owner, JsonProperty member, HashSet<string> required, string? payload)
    {
        var shape = Find(member.Value);
        if (shape.Name == "JobId" && owner.Name != "CreateJobRequest")
            shape = _jobIdToFind ??= new Shape(shape.Name, shape.Kind) { Min = shape.Min, Max = JobIdLengthMax, Pattern = shape.Pattern };
        var location = !member.Value.TryGetProperty("location", out var where)
            ? member.Name == payload && shape.Kind == ShapeKind.Blob ? MemberLocation.RawBody : MemberLocation.Body
            : where.GetString() switch
            {
                "uri" => MemberLocation.Uri,
                "querystring" => MemberLocation.Query,
                "header" => MemberLocation.Header,
                var other => throw new InvalidDataException($"Members in '{other}' are not known."),
            };
        return new ShapeMember(
            member.Name,
            member.Value.TryGetProperty("locationName", out var wireName) ? wireName.GetString()! : member.Name,
            shape,
            location,
            required.Contains(member.Name),
            member.Value.TryGetProperty("jsonvalue", out var jsonText) && jsonText.GetBoolean());
    }

    private static decimal? Number(JsonElement json, string name) => json.TryGetProperty(name, out var number) ? number.GetDecimal() : null;
}
