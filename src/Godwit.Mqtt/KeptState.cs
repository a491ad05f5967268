namespace Godwit.Mqtt;

/// <summary>What <see cref="ISessionJournal.Load"/> gives back.</summary>
public sealed record KeptState
{
    public IReadOnlyList<KeptSession> Sessions { get; init; } = [];

    public IReadOnlyList<(string Domain, KeptMessage Message)> Retained { get; init; } = [];
}
