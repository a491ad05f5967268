using System.Text.Json.Serialization;

namespace Godwit.Server.Tags;

/// <summary>A key and a value that a user put on a resource; the only members of the iot model written with capitals.</summary>
public sealed record Tag
{
    [JsonPropertyName("Key")]
    public required string Key { get; init; }

    [JsonPropertyName("Value")]
    public string? Value { get; init; }
}
