using Godwit.Server.Storage;

namespace Godwit.Server.Webhooks;

/// <summary>The last deliveries to each webhook. None of it decides anything: the webhook's place in the journal does.</summary>
internal static class DeliveryStore
{
    public const int KeptMax = 50;

    private const int ErrorMax = 500;

    /// <summary>The newest first.</summary>
    public static List<WebhookDelivery> List(ReadSession session, string account, string webhookId) =>
        session.Query<Row>(
            "SELECT at_ms, error, milliseconds, events, kinds, first_seq, last_seq FROM webhook_delivery WHERE account = @account AND webhook_id = @webhookId ORDER BY number DESC",
            new { account, webhookId }).ConvertAll(Of);

    /// <summary>Keeps one more and forgets the oldest; nothing where the webhook is gone.</summary>
    public static void Add(WriteSession session, string account, string webhookId, WebhookDelivery delivery)
    {
        var number = 1 + session.First<long>(
            "SELECT COALESCE(MAX(number), 0) FROM webhook_delivery WHERE account = @account AND webhook_id = @webhookId", new { account, webhookId });
        session.Execute(
            """
            INSERT INTO webhook_delivery (account, webhook_id, number, at_ms, error, milliseconds, events, kinds, first_seq, last_seq)
            SELECT account, webhook_id, @number, @atMs, @error, @Milliseconds, @Events, @kinds, @FirstId, @LastId
            FROM webhook WHERE account = @account AND webhook_id = @webhookId
            """,
            new
            {
                account, webhookId, number, atMs = delivery.At.ToUnixTimeMilliseconds(), error = delivery.Error is { Length: > ErrorMax } wrong ? wrong[..ErrorMax] : delivery.Error,
                delivery.Milliseconds, delivery.Events, kinds = string.Join(',', delivery.Kinds), delivery.FirstId, delivery.LastId,
            });
        session.Execute(
            "DELETE FROM webhook_delivery WHERE account = @account AND webhook_id = @webhookId AND number <= @last", new { account, webhookId, last = number - KeptMax });
    }

    public static void Forget(WriteSession session, string account, string webhookId) =>
        session.Execute("DELETE FROM webhook_delivery WHERE account = @account AND webhook_id = @webhookId", new { account, webhookId });

    private static WebhookDelivery Of(Row row) => new(
        DateTimeOffset.FromUnixTimeMilliseconds(row.AtMs), row.Error is null, row.Error, row.Milliseconds, (int)row.Events,
        row.Kinds.Split(',', StringSplitOptions.RemoveEmptyEntries), row.FirstSeq, row.LastSeq);

    private sealed record Row
    {
        public long AtMs { get; init; }

        public string? Error { get; init; }

        public double Milliseconds { get; init; }

        public long Events { get; init; }

        public string Kinds { get; init; } = "";

        public long? FirstSeq { get; init; }

        public long? LastSeq { get; init; }
    }
}
