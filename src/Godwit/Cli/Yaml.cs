using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Godwit.Cli;

/// <summary>JSON as YAML in block style. Texts that YAML could take for something else are written as JSON texts, which YAML reads as they are.</summary>
public static class Yaml
{
    public static string Of(JsonNode? node)
    {
        var text = new StringBuilder();
        Write(text, node, 0, inList: false);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node, int depth, bool inList)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } members:
                var first = true;
                foreach (var (name, value) in members)
                {
                    Indent(text, first && inList ? 0 : depth);
                    first = false;
                    text.Append(Scalar(name)).Append(':');
                    Value(text, value, depth);
                }
                break;
            case JsonArray { Count: > 0 } items:
                foreach (var item in items)
                {
                    Indent(text, depth);
                    text.Append("- ");
                    if (item is JsonObject { Count: > 0 })
                        Write(text, item, depth + 1, inList: true);
                    else
                        text.Append(Inline(item)).Append('\n');
                }
                break;
            default:
                text.Append(Inline(node)).Append('\n');
                break;
        }
    }

    private static void Value(StringBuilder text, JsonNode? value, int depth)
    {
        if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            text.Append('\n');
            Write(text, value, depth + 1, inList: false);
        }
        else
        {
            text.Append(' ').Append(Inline(value)).Append('\n');
        }
    }

    private static string Inline(JsonNode? node) => node switch
    {
        null => "null",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Scalar(value.GetValue<string>()),
        _ => node.ToJsonString(),
    };

    private static string Scalar(string text) => IsPlain(text) ? text : JsonSerializer.Serialize(text, Report.Json);

    private static bool IsPlain(string text) =>
        text.Length > 0
        && char.IsAsciiLetter(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ' ')
        && text[^1] != ' '
        && text.ToLowerInvariant() is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n")
        && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static void Indent(StringBuilder text, int depth) => text.Append(' ', 2 * depth);
}
