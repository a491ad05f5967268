namespace Godwit.Mqtt;

/// <summary>One session as it was kept. <see cref="Deliveries"/> are in the order of their numbers.</summary>
public sealed record KeptSession(SessionKey Key, TimeSpan Lifetime, DateTimeOffset EndsAt)
{
    public IReadOnlyList<KeptSubscription> Subscriptions { get; init; } = [];

    public IReadOnlyList<KeptDelivery> Deliveries { get; init; } = [];

    /// <summary>QoS 2 identifiers of the client that it has not released.</summary>
    public IReadOnlyList<ushort> Received { get; init; } = [];

    /// <summary>A will that has not been published.</summary>
    public KeptWill? Will { get; init; }

    public DateTimeOffset WillDueAt { get; init; }
}
