namespace Godwit.Server.Webhooks;

/// <summary>A change as others are told of it. <see cref="Id"/> is its place in the journal; presence has none.</summary>
public sealed record ChangeEvent
{
    public long? Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Kind { get; init; }

    /// <summary>What brought it about: an operation or a rule.</summary>
    public required string Cause { get; init; }

    public required string Subject { get; init; }

    public string? From { get; init; }

    public string? To { get; init; }

    public string? Reason { get; init; }

    public string? ThingName { get; init; }

    public string? JobId { get; init; }

    public string? OtaUpdateId { get; init; }
}
