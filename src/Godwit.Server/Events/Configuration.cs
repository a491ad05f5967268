using System.Text.Json.Serialization;

namespace Godwit.Server.Events;

/// <summary>Whether events of a type are published.</summary>
public sealed record Configuration
{
    [JsonPropertyName("Enabled")]
    public bool Enabled { get; init; }
}
