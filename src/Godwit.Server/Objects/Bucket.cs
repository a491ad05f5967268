namespace Godwit.Server.Objects;

/// <summary>A bucket as it is kept.</summary>
public sealed record Bucket
{
    public const string Enabled = "Enabled";
    public const string Suspended = "Suspended";

    public string Account { get; init; } = "";

    public string Name { get; init; } = "";

    public string Region { get; init; } = "";

    /// <summary>Null until versioning is first set, then <see cref="Enabled"/> or <see cref="Suspended"/>.</summary>
    public string? Versioning { get; init; }

    public long CreatedAtMs { get; init; }

    public DateTimeOffset Created => DateTimeOffset.FromUnixTimeMilliseconds(CreatedAtMs);
}
