using System.Text.Json;

namespace Godwit.Server.Things;

/// <summary>Attributes as requests carry them and groups echo them.</summary>
public sealed record AttributePayload
{
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    public bool? Merge { get; init; }
}

/// <summary>Attributes as columns hold them: a JSON object with its names in order, so equal attributes are equal text.</summary>
internal static class AttributeText
{
    public static string Of(SortedDictionary<string, string> attributes) => attributes.Count == 0 ? "{}" : JsonSerializer.Serialize(attributes);

    public static Dictionary<string, string> Read(string text) => text == "{}" ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(text)!;
}
