using System.Text.Json;
using System.Text.Json.Nodes;

namespace Godwit.Cli;

/// <summary>Members of answers by their path.</summary>
public static class JsonPaths
{
    public static JsonNode? Find(this JsonNode? node, string path)
    {
        foreach (var name in path.Split('.'))
            node = (node as JsonObject)?[name];
        return node;
    }

    /// <summary>A text without its quotes, anything else as JSON; null where there is none.</summary>
    public static string? Text(this JsonNode? node, string path) => node.Find(path) switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        var other => other.ToJsonString(),
    };

    public static long Number(this JsonNode? node, string path) => node.Find(path) is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? (long)value.GetValue<decimal>() : 0;

    /// <summary>A time that the wire writes as seconds since 1970.</summary>
    public static DateTimeOffset? Moment(this JsonNode? node, string path) =>
        node.Find(path) is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? DateTimeOffset.FromUnixTimeMilliseconds((long)(value.GetValue<decimal>() * 1000)) : null;

    public static IEnumerable<JsonObject> Rows(this JsonNode? node, string path) => (node.Find(path) as JsonArray ?? []).OfType<JsonObject>();
}
