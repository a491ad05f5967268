using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Server.Http.Binding;

namespace Godwit.Server.Tests.Http.Binding;

/// <summary>Requests made from the models: for each operation a valid one with every member, and one for each constraint that breaks just it.</summary>
public static class ModelCases
{
    /// <summary>A request with one fault.</summary>
    /// <param name="Members">By the members' names, wherever they travel.</param>
    /// <param name="Sentence">What the message must say from <c> at '…'</c> on.</param>
    public sealed record Fault(OperationModel Operation, JsonObject Members, string Path, string? Value, string Sentence)
    {
        /// <summary>HTTP cannot carry every text in a header.</summary>
        public bool FitsHttp =>
            Operation.Input!.Members.Single(m => m.Name == Path.Split('.')[0]) is { Location: not MemberLocation.Header } || Value?.All(c => c is > ' ' and < '\u007F') == true;

        public override string ToString() => $"{Operation.Service}.{Operation.Name}: {Path}: {Sentence}";
    }

    public static JsonObject Valid(OperationModel operation) =>
        operation.Input is { } input ? (JsonObject)Sample(input) : [];

    public static IEnumerable<Fault> Faults(OperationModel operation)
    {
        if (operation.Input is not { } input)
            return [];
        var faults = new List<Fault>();
        Walk(input, "", Valid(operation), (path, value, sentence, change) =>
        {
            var members = Valid(operation);
            change(members);
            faults.Add(new Fault(operation, members, path, value, $" at '{path}' failed to satisfy constraint: {sentence}"));
        });
        return faults;
    }

    /// <summary>The request as HTTP carries it.</summary>
    public static (string Path, byte[] Body, List<KeyValuePair<string, string>> Headers) ToHttp(OperationModel operation, JsonObject members)
    {
        var path = operation.UriTemplate;
        var query = new List<string>();
        var headers = new List<KeyValuePair<string, string>>();
        var body = new JsonObject();
        var raw = Array.Empty<byte>();
        foreach (var member in operation.Input?.Members ?? [])
        {
            if (members[member.Name] is not { } value)
                continue;
            switch (member.Location)
            {
                case MemberLocation.Uri:
                    path = path.Replace($"{{{member.WireName}}}", Uri.EscapeDataString(TextOf(value)), StringComparison.Ordinal);
                    break;
                case MemberLocation.Query:
                    query.AddRange((value is JsonArray all ? all.Select(v => v!) : [value]).Select(v => $"{member.WireName}={Uri.EscapeDataString(TextOf(v))}"));
                    break;
                case MemberLocation.Header:
                    headers.Add(new(member.WireName, member.IsJsonText ? Convert.ToBase64String(Encoding.UTF8.GetBytes(TextOf(value))) : TextOf(value)));
                    break;
                case MemberLocation.RawBody:
                    raw = Convert.FromBase64String(TextOf(value));
                    break;
                default:
                    body[member.WireName] = value.DeepClone();
                    break;
            }
        }

        var content = raw.Length > 0 ? raw : body.Count > 0 ? Encoding.UTF8.GetBytes(body.ToJsonString()) : [];
        return (query.Count > 0 ? $"{path}?{string.Join('&', query)}" : path, content, headers);
    }

    public static JsonNode Sample(Shape shape) => shape.Kind switch
    {
        ShapeKind.Structure => new JsonObject(shape.Members.Select(m => KeyValuePair.Create(m.Location == MemberLocation.Body ? m.WireName : m.Name, (JsonNode?)Sample(m.Shape)))),
        ShapeKind.List => new JsonArray([.. Enumerable.Range(0, Math.Max(1, (int)(shape.Min ?? 1))).Select(_ => Sample(shape.Element!))]),
        ShapeKind.Map => new JsonObject([KeyValuePair.Create(Text(shape.Key!), (JsonNode?)Sample(shape.Element!))]),
        ShapeKind.Boolean => JsonValue.Create(true),
        ShapeKind.Integer or ShapeKind.Long => JsonValue.Create((long)(shape.Min ?? 1)),
        ShapeKind.Double => JsonValue.Create((double)(shape.Min ?? 1.5m)),
        ShapeKind.Timestamp => JsonValue.Create(1575414146.286m),
        ShapeKind.Blob => JsonValue.Create(Convert.ToBase64String(new byte[(int)Math.Max(3, shape.Min ?? 3)])),
        _ => JsonValue.Create(Text(shape)),
    };

    private delegate void Report(string path, string? value, string sentence, Action<JsonObject> change);

    private static void Walk(Shape shape, string prefix, JsonObject at, Report report, Func<JsonObject, JsonObject>? find = null)
    {
        find ??= root => root;
        foreach (var member in shape.Members)
        {
            // A list in a query cannot be empty: without items it is absent.
            var inQuery = member.Location == MemberLocation.Query;
            var path = prefix + member.Name;
            var name = member.Location == MemberLocation.Body ? member.WireName : member.Name;
            void Set(string at, string? value, string sentence, Func<JsonNode?> to) => report(at, value, sentence, root => find(root)[name] = to());

            if (member.IsRequired && member.Location is MemberLocation.Body or MemberLocation.Query or MemberLocation.Header && member.IsRequired)
                Set(path, null, "Member must not be null", () => null);
            WalkMember(member.Shape, path, at[name]!, (a, v, t, to) => { if (!inQuery || v != "[]") Set(a, v, t, to); }, report, root => find(root)[name]!);
        }
    }

    private static void WalkMember(
        Shape shape, string path, JsonNode sample, Action<string, string?, string, Func<JsonNode?>> set, Report report, Func<JsonObject, JsonNode> find)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Structure:
                Walk(shape, path + ".", (JsonObject)sample, report, root => (JsonObject)find(root));
                break;
            case ShapeKind.List:
                if (shape.Max is { } most)
                    set(path, null, $"Member must have length less than or equal to {most}", () => new JsonArray([.. Enumerable.Range(0, (int)most + 1).Select(_ => Sample(shape.Element!))]));
                if (shape.Min is > 0)
                    set(path, "[]", $"Member must have length greater than or equal to {shape.Min}", () => new JsonArray());
                if (shape.Element!.IsScalar)
                    foreach (var (_, bad) in Breaking(shape.Element))
                        set(path, null, $"Member must satisfy constraint: [{All(shape.Element)}]", () => new JsonArray(Sample(shape.Element), bad()));
                else
                    WalkMember(shape.Element, $"{path}.1.member", sample[0]!, (_, _, _, _) => { }, report, root => find(root)[0]!);
                break;
            case ShapeKind.Map:
                if (shape.Max is { } many)
                    set(path, null, $"Member must have length less than or equal to {many}", () => new JsonObject(Enumerable.Range(0, (int)many + 1).Select(i => KeyValuePair.Create($"{Text(shape.Key!)}{i}", (JsonNode?)Sample(shape.Element!)))));
                foreach (var (_, bad) in Breaking(shape.Key!))
                    set(path, null, $"Map keys must satisfy constraint: [{All(shape.Key!)}]", () => new JsonObject([KeyValuePair.Create(TextOf(bad()), (JsonNode?)Sample(shape.Element!))]));
                if (shape.Element!.IsScalar)
                    foreach (var (_, bad) in Breaking(shape.Element))
                        set(path, null, $"Map value must satisfy constraint: [{All(shape.Element)}]", () => new JsonObject([KeyValuePair.Create(Text(shape.Key!), (JsonNode?)bad())]));
                break;
            default:
                foreach (var (sentence, bad) in Breaking(shape))
                    set(path, shape.IsSensitive || shape.Kind == ShapeKind.Blob ? null : shape.Kind == ShapeKind.Double ? $"{TextOf(bad())}.0" : TextOf(bad()), sentence, bad);
                break;
        }
    }

    /// <summary>For each constraint of a scalar its sentence and a value that breaks it.</summary>
    private static IEnumerable<(string Sentence, Func<JsonNode> Bad)> Breaking(Shape shape)
    {
        var isNumber = shape.Kind is ShapeKind.Integer or ShapeKind.Long or ShapeKind.Double;
        var measure = isNumber ? "value" : "length";
        if (shape.Max is { } max)
            yield return ($"Member must have {measure} less than or equal to {max}", () => OfSize(shape, (long)max + 1));
        if (shape.Min is { } min && (isNumber || min > 0))
            yield return ($"Member must have {measure} greater than or equal to {min}", () => OfSize(shape, (long)Math.Ceiling(min) - 1));
        if (shape.Pattern is { } pattern && Mismatch(shape) is { } bad)
            yield return ($"Member must satisfy regular expression pattern: {pattern.Source}", () => JsonValue.Create(bad));
        if (shape.Enum is { } values)
            yield return ($"Member must satisfy enum value set: [{string.Join(", ", values)}]", () => JsonValue.Create("no such value"));
    }

    private static string All(Shape shape)
    {
        if (shape.Kind == ShapeKind.Double)
            return $"Member must have value less than or equal to {shape.Max}, Member must have value greater than or equal to {shape.Min}";
        var length = shape.Max is null && shape.Min is null ? "" : shape.Max is null ? $"Member must have length greater than or equal to {shape.Min}"
            : $"Member must have length less than or equal to {shape.Max}, Member must have length greater than or equal to {shape.Min ?? 0}";
        var pattern = shape.Pattern is null ? "" : $"Member must satisfy regular expression pattern: {shape.Pattern.Source}";
        var values = shape.Enum is null ? "" : $"Member must satisfy enum value set: [{string.Join(", ", shape.Enum)}]";
        return string.Join(", ", ((string[])[length, pattern, values]).Where(s => s.Length > 0));
    }

    private static JsonNode OfSize(Shape shape, long size) => shape.Kind switch
    {
        ShapeKind.Integer or ShapeKind.Long => JsonValue.Create(size),
        ShapeKind.Double => JsonValue.Create((double)size),
        ShapeKind.Blob => JsonValue.Create(Convert.ToBase64String(new byte[size])),
        _ => JsonValue.Create(Text(shape, (int)size)),
    };

    private static string Text(Shape shape, int? length = null)
    {
        if (shape.Enum is { } values)
            return values[0];
        var good = shape.Pattern?.Source switch
        {
            "[0-9]+" or "^[0-9-]+$" => "1",
            "[A-Za-z0-9+/]+={0,2}" or @"[\p{Upper}\p{Digit}_]+" => "A",
            "^[0-9]{12}$" => "123456789012",
            "^[1-9]+.[0-9]+" => "1.1",
            "^[a-zA-Z0-9]{10}$" => "abcdefghij",
            "^[a-zA-Z0-9_]{2,}" => "ab",
            "^arn:[!-~]+$" => "arn:a",
            @"\S{36,64}" => new string('a', 36),
            _ => "a",
        };
        var wanted = length ?? (int)Math.Max(good.Length, shape.Min ?? 0);
        return wanted <= good.Length ? good[..wanted] : good + new string(good[^1], wanted - good.Length);
    }

    /// <summary>A text of good length that the pattern excludes, or null where it excludes none.</summary>
    private static string? Mismatch(Shape shape)
    {
        var bad = shape.Pattern!.Source switch
        {
            @"[\s\S]*" => null,
            "^[^$].*" => "$a",
            @"\S{36,64}" => new string(' ', 36),
            _ => "\u0001",
        };
        return bad?.PadRight((int)(shape.Min ?? 1), bad[^1]);
    }

    private static string TextOf(JsonNode value) => value.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.String => value.GetValue<string>(),
        System.Text.Json.JsonValueKind.True => "true",
        System.Text.Json.JsonValueKind.Number when value.ToJsonString() is "1575414146.286" => "2019-12-03T23:02:26.286Z",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value.ToJsonString()}"),
    };
}
