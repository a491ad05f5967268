using System.Text.Json;
using System.Text.RegularExpressions;

namespace Godwit.Core.Provisioning;

/// <summary>A template that cannot be resolved; it becomes a refusal at the template's edge.</summary>
internal sealed class TemplateException(string message) : Exception(message);

/// <summary>Ref and the Fn:: functions of templates. AWS: Provisioning templates > Intrinsic functions.</summary>
internal sealed partial class TemplateFunctions(IReadOnlyDictionary<string, string> values, JsonElement mappings)
{
    public string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Object => Call(value),
        _ => throw new TemplateException($"The template holds {Short(value)} where a text or a function is needed."),
    };

    private string Call(JsonElement value)
    {
        var members = value.EnumerateObject().ToList();
        if (members.Count != 1)
            throw new TemplateException($"The template holds {Short(value)} where one function is needed.");
        var (name, argument) = (members[0].Name, members[0].Value);
        return name switch
        {
            "Ref" => Value(Text(argument)),
            "Fn::Join" => string.Join(Text(Item(argument, 0)), List(Item(argument, 1))),
            "Fn::Select" => Selected(List(Item(argument, 1)), Text(Item(argument, 0))),
            "Fn::FindInMap" => Found(Text(Item(argument, 0)), Text(Item(argument, 1)), Text(Item(argument, 2))),
            "Fn::Sub" => Placeholder().Replace(Text(argument), match => Value(match.Groups[1].Value)),
            _ => throw new TemplateException($"The template calls {name}, which is not known. Known are Ref, Fn::Join, Fn::Select, Fn::FindInMap, Fn::Split and Fn::Sub."),
        };
    }

    private IEnumerable<string> List(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
            return value.EnumerateArray().Select(Text);
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("Fn::Split", out var split))
            return Text(Item(split, 1)).Split(Text(Item(split, 0)));
        throw new TemplateException($"The template holds {Short(value)} where a list is needed.");
    }

    private static string Selected(IEnumerable<string> list, string place) =>
        int.TryParse(place, out var index) && list.ElementAtOrDefault(index) is { } item
            ? item
            : throw new TemplateException($"Fn::Select asks for item {place} of a list that does not have it.");

    private string Found(string map, string first, string second) =>
        mappings.ValueKind == JsonValueKind.Object && mappings.TryGetProperty(map, out var named) && named.ValueKind == JsonValueKind.Object
        && named.TryGetProperty(first, out var level) && level.ValueKind == JsonValueKind.Object && level.TryGetProperty(second, out var value)
            ? Text(value)
            : throw new TemplateException($"Fn::FindInMap asks for {map}, {first}, {second}, which the Mappings do not have.");

    private string Value(string name) =>
        values.TryGetValue(name, out var value) ? value : throw new TemplateException($"The template needs the parameter {name}, which is not given and has no Default.");

    private static JsonElement Item(JsonElement list, int place) =>
        list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > place
            ? list[place]
            : throw new TemplateException($"A function of the template has {Short(list)} for its arguments, which are too few.");

    private static string Short(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? text[..60] + "…" : value.GetRawText();

    [GeneratedRegex(@"\$\{([^}]+)\}")]
    private static partial Regex Placeholder();
}

/// <summary>The properties of one resource.</summary>
internal sealed class TemplateProperties(TemplateFunctions functions, string logicalId, JsonElement properties)
{
    public string LogicalId => logicalId;

    public string? Text(string name) => properties.TryGetProperty(name, out var value) ? functions.Text(value) : null;

    public string Needed(string name) => Text(name) ?? throw new TemplateException($"Resource {logicalId} of the template has no {name}.");

    /// <summary>A document is given as text, or as the object itself.</summary>
    public string? Document(string name) =>
        properties.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.Object && value.TryGetProperty("Statement", out _) ? value.GetRawText() : functions.Text(value) : null;

    public IReadOnlyList<string> List(string name) =>
        properties.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(functions.Text)] : [];

    public Dictionary<string, string> Map(string name) => properties.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? Texts(value) : [];

    public Dictionary<string, string> Texts() => Texts(properties);

    private Dictionary<string, string> Texts(JsonElement value) => value.EnumerateObject().ToDictionary(member => member.Name, member => functions.Text(member.Value));
}
