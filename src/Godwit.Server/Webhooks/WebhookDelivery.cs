namespace Godwit.Server.Webhooks;

/// <summary>One attempt to tell a webhook.</summary>
/// <param name="Error">Null where it was taken.</param>
/// <param name="FirstId">The places of its first and last event in the journal; null where it held presence or a test only.</param>
/// <param name="Kinds">What it told of.</param>
public sealed record WebhookDelivery(
    DateTimeOffset At, bool Taken, string? Error, double Milliseconds, int Events, IReadOnlyList<string> Kinds, long? FirstId, long? LastId);
