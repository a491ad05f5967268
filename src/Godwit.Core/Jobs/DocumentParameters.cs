using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Godwit.Core.Jobs;

/// <summary>Fills <c>${aws:iot:parameter:name}</c> in the documents of managed templates. A member that only holds a parameter nobody gave goes away.</summary>
public static class DocumentParameters
{
    private const string Head = "${aws:iot:parameter:";

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="document">A JSON text.</param>
    public static string Fill(string document, IReadOnlyDictionary<string, string> values)
    {
        var root = JsonNode.Parse(document)!;
        FillNode(root, values);
        return root.ToJsonString(Options);
    }

    private static void FillNode(JsonNode node, IReadOnlyDictionary<string, string> values)
    {
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members.ToList())
                if (value is JsonValue text && text.TryGetValue<string>(out var written))
                    Put(members, name, Replace(written, values));
                else if (value is not null)
                    FillNode(value, values);
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < items.Count; i++)
                if (items[i] is JsonValue text && text.TryGetValue<string>(out var written))
                    items[i] = Replace(written, values) ?? "";
                else if (items[i] is { } item)
                    FillNode(item, values);
        }
    }

    private static void Put(JsonObject members, string name, string? text)
    {
        if (text is null)
            members.Remove(name);
        else
            members[name] = text;
    }

    /// <summary>Null where nothing is left but parameters without a value.</summary>
    private static string? Replace(string text, IReadOnlyDictionary<string, string> values)
    {
        var missing = false;
        for (var at = text.IndexOf(Head, StringComparison.Ordinal); at >= 0;)
        {
            var end = text.IndexOf('}', at);
            if (end < 0)
                break;
            var found = values.TryGetValue(text[(at + Head.Length)..end], out var value);
            missing |= !found;
            text = text[..at] + value + text[(end + 1)..];
            // What a value brings along is no parameter.
            at = text.IndexOf(Head, at + (value?.Length ?? 0), StringComparison.Ordinal);
        }
        return missing && text.Length == 0 ? null : text;
    }
}
