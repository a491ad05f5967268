using System.Collections.Concurrent;

namespace Godwit.Server.Webhooks;

/// <summary>The last deliveries to each webhook, for those who look why nothing comes. In memory: a restart forgets them, the journal's place is what counts.</summary>
public sealed class DeliveryLog
{
    private const int KeptMax = 50;

    private readonly ConcurrentDictionary<(string Account, string WebhookId), Queue<WebhookDelivery>> _byWebhook = new();

    /// <summary>The newest first.</summary>
    public IReadOnlyList<WebhookDelivery> Of(string account, string webhookId)
    {
        if (!_byWebhook.TryGetValue((account, webhookId), out var kept))
            return [];
        lock (kept)
            return [.. kept.Reverse()];
    }

    internal void Add(string account, string webhookId, WebhookDelivery delivery)
    {
        var kept = _byWebhook.GetOrAdd((account, webhookId), _ => new Queue<WebhookDelivery>());
        lock (kept)
        {
            kept.Enqueue(delivery);
            if (kept.Count > KeptMax)
                kept.Dequeue();
        }
    }

    internal void Forget(string account, string webhookId) => _byWebhook.TryRemove((account, webhookId), out _);
}

/// <summary>One attempt to tell a webhook.</summary>
/// <param name="Error">Null where it was taken.</param>
/// <param name="FirstId">The places of its first and last event in the journal; null where it held presence or a test only.</param>
/// <param name="Kinds">What it told of.</param>
public sealed record WebhookDelivery(
    DateTimeOffset At, bool Taken, string? Error, double Milliseconds, int Events, IReadOnlyList<string> Kinds, long? FirstId, long? LastId);
