using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Godwit.Core;
using Godwit.Server.Http;
using Godwit.Server.Http.Binding;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Http;

/// <summary>The records of served operations against the models: what C# writes must be what AWS's shapes name, with their types.</summary>
public sealed class WireShapeTests
{
    private static readonly Dictionary<(string, string), OperationModel> Models =
        ServiceCatalog.All.SelectMany(s => s.Operations).ToDictionary(o => (o.Service, o.Name.ToUpperInvariant()));

    [Fact]
    public void Every_served_operation_is_one_of_the_models()
    {
        foreach (var served in Served())
            Assert.True(Models.ContainsKey(Key(served)), $"{served.Service} has no operation {served.Operation.Name}.");
    }

    [Fact]
    public void Answers_use_the_models_names_and_types()
    {
        var problems = new List<string>();
        foreach (var served in Served())
        {
            var output = Models[Key(served)].Output;
            if (served.Response == typeof(Nothing))
                continue;
            if (output is null)
                problems.Add($"{served.Operation.Name} answers something, the model nothing.");
            else
                Compare(OptionsOf(served), served.Response, output, served.Operation.Name, mustHaveAll: false, problems, []);
        }

        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems.Distinct()));
    }

    [Fact]
    public void Requests_take_every_member_of_the_model_with_its_type()
    {
        var problems = new List<string>();
        foreach (var served in Served().Where(s => s.Request != typeof(Nothing)))
        {
            if (Models[Key(served)].Input is { } input)
                Compare(OptionsOf(served), served.Request, input, served.Operation.Name, mustHaveAll: true, problems, []);
        }

        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems.Distinct()));
    }

    [Fact]
    public void Times_doubles_and_absent_members_are_written_as_aws_writes_them()
    {
        var sample = new Sample(DateTimeOffset.FromUnixTimeMilliseconds(1575414146286), DateTimeOffset.FromUnixTimeSeconds(1575414146), 2, null, "<é&'>", State.TimedOut);
        Assert.Equal("""{"at":1575414146.286,"then":1575414146,"factor":2.0,"text":"<é&'>","state":"TIMED_OUT"}""", JsonSerializer.Serialize(sample, WireJson.Options));
        Assert.Equal(sample, JsonSerializer.Deserialize<Sample>("""{"AT":1575414146.286,"then":1575414146,"factor":2,"text":"<é&'>","state":"TIMED_OUT"}""", WireJson.Options));
    }

    private static IEnumerable<ServedOperation> Served() => Slices.Add(new ServiceCollection()).All.Values;

    /// <summary>AWS JSON 1.1 begins names with capitals.</summary>
    private static JsonSerializerOptions OptionsOf(ServedOperation served) => served.Service == ServiceCatalog.Acm.Name ? WireJson.Capitals : WireJson.Options;

    private static (string, string) Key(ServedOperation served) => (served.Service, served.Operation.Name.ToUpperInvariant());

    private static void Compare(JsonSerializerOptions options, Type type, Shape shape, string path, bool mustHaveAll, List<string> problems, HashSet<(Type, Shape)> seen)
    {
        if (!seen.Add((type, shape)))
            return;
        var info = options.GetTypeInfo(type);
        switch (shape.Kind)
        {
            case ShapeKind.Structure when info.Kind == JsonTypeInfoKind.Object:
                CompareMembers(options, info, shape, path, mustHaveAll, problems, seen);
                break;
            case ShapeKind.List when info is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element }:
                Compare(options, element, shape.Element!, path + "[]", mustHaveAll, problems, seen);
                break;
            case ShapeKind.Map when info is { Kind: JsonTypeInfoKind.Dictionary, ElementType: { } value }:
                Compare(options, value, shape.Element!, path + "{}", mustHaveAll, problems, seen);
                break;
            case ShapeKind.Structure or ShapeKind.List or ShapeKind.Map:
                // A member that is only echoed may be kept as the JSON that came.
                if (type != typeof(JsonElement) && type != typeof(System.Text.Json.Nodes.JsonObject) && type != typeof(System.Text.Json.Nodes.JsonNode))
                    problems.Add($"{path} is a {type.Name}, the model's a {shape.Kind}.");
                break;
            default:
                if (!Fits(Nullable.GetUnderlyingType(type) ?? type, shape.Kind))
                    problems.Add($"{path} is a {type.Name}, the model's a {shape.Kind}.");
                break;
        }
    }

    private static void CompareMembers(JsonSerializerOptions options, JsonTypeInfo info, Shape shape, string path, bool mustHaveAll, List<string> problems, HashSet<(Type, Shape)> seen)
    {
        // Requests are bound by the members' names without case, answers are written by their exact wire names.
        var comparison = mustHaveAll ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        foreach (var property in info.Properties.Where(p => !p.IsExtensionData))
        {
            var member = shape.Members.FirstOrDefault(m => (mustHaveAll ? m.Name : m.WireName).Equals(property.Name, comparison));
            if (member is not null)
                Compare(options, property.PropertyType, member.Shape, $"{path}.{property.Name}", mustHaveAll, problems, seen);
            else if (!mustHaveAll)
                problems.Add($"{path}.{property.Name} is not in the model's {shape.Name}.");
        }

        if (!mustHaveAll)
            return;
        foreach (var member in shape.Members.Where(m => !info.Properties.Any(p => p.Name.Equals(m.Name, comparison))))
            problems.Add($"{path} does not take {member.Name} of the model's {shape.Name}.");
    }

    private static bool Fits(Type type, ShapeKind kind) => kind switch
    {
        ShapeKind.String => type == typeof(string) || type.IsEnum || type.IsValueType,
        ShapeKind.Integer => type == typeof(int) || type == typeof(long),
        ShapeKind.Long => type == typeof(long),
        ShapeKind.Double => type == typeof(double),
        ShapeKind.Boolean => type == typeof(bool),
        ShapeKind.Timestamp => type == typeof(DateTimeOffset),
        ShapeKind.Blob => type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>),
        _ => false,
    };

    private enum State
    {
        TimedOut,
    }

    private sealed record Sample(DateTimeOffset At, DateTimeOffset Then, double Factor, string? Absent, string Text, State State);
}
