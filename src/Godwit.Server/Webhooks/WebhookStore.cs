using Godwit.Core.Webhooks;
using Godwit.Server.Storage;

namespace Godwit.Server.Webhooks;

/// <summary>Rows of webhooks.</summary>
internal static class WebhookStore
{
    public const string Active = "ACTIVE", Suspended = "SUSPENDED";

    public static List<WebhookRow> List(ReadSession session, string account) =>
        session.Query<WebhookRow>("SELECT * FROM webhook WHERE account = @account ORDER BY webhook_id", new { account });

    public static WebhookRow? Find(ReadSession session, string account, string id) =>
        session.First<WebhookRow>("SELECT * FROM webhook WHERE account = @account AND webhook_id = @id", new { account, id });

    /// <summary>Those that may be delivered to now, of all accounts, and when the next of the others may be.</summary>
    public static (List<WebhookRow> Due, long? NextAtMs) Due(ReadSession session, long now) => (
        session.Query<WebhookRow>($"SELECT * FROM webhook WHERE status = '{Active}' AND next_at_ms <= @now", new { now }),
        session.First<long?>($"SELECT MIN(next_at_ms) FROM webhook WHERE status = '{Active}' AND next_at_ms > @now", new { now }));

    /// <summary>Those that are told who came and left, of all accounts.</summary>
    public static List<WebhookRow> WithPresence(ReadSession session) =>
        [.. session.Query<WebhookRow>($"SELECT * FROM webhook WHERE status = '{Active}' AND kinds LIKE '%presence%'").Where(row => row.AllKinds.Contains(ChangeKind.Presence))];

    public static bool Insert(WriteSession session, WebhookRow row) => session.Execute(
        """
        INSERT INTO webhook (account, webhook_id, url, kinds, sealed_secret, status, told_to_seq, failures, next_at_ms, created_at_ms)
        VALUES (@Account, @WebhookId, @Url, @Kinds, @SealedSecret, @Status, @ToldToSeq, 0, @CreatedAtMs, @CreatedAtMs) ON CONFLICT DO NOTHING
        """,
        row) == 1;

    /// <summary>Where a webhook stands after a delivery; one that was deleted or moved meanwhile stays as it is.</summary>
    public static void Move(WriteSession session, WebhookRow before, WebhookRow after) => session.Execute(
        """
        UPDATE webhook SET status = @Status, told_to_seq = @ToldToSeq, failures = @Failures, first_failed_at_ms = @FirstFailedAtMs, next_at_ms = @NextAtMs,
          last_error = @LastError, told_at_ms = @ToldAtMs
        WHERE account = @Account AND webhook_id = @WebhookId AND told_to_seq = @Was AND status = @StatusWas
        """,
        new
        {
            after.Account, after.WebhookId, after.Status, after.ToldToSeq, after.Failures, after.FirstFailedAtMs, after.NextAtMs, after.LastError, after.ToldAtMs,
            Was = before.ToldToSeq, StatusWas = before.Status,
        });

    public static bool Delete(WriteSession session, string account, string id) =>
        session.Execute("DELETE FROM webhook WHERE account = @account AND webhook_id = @id", new { account, id }) == 1;
}

/// <summary>A row of <c>webhook</c>.</summary>
internal sealed record WebhookRow
{
    public string Account { get; init; } = "";

    public string WebhookId { get; init; } = "";

    public string Url { get; init; } = "";

    /// <summary>With commas between.</summary>
    public string Kinds { get; init; } = "";

    public byte[] SealedSecret { get; init; } = [];

    public string Status { get; init; } = "";

    public long ToldToSeq { get; init; }

    public long Failures { get; init; }

    public long? FirstFailedAtMs { get; init; }

    public long NextAtMs { get; init; }

    public string? LastError { get; init; }

    public long? ToldAtMs { get; init; }

    public long CreatedAtMs { get; init; }

    public string[] AllKinds => Kinds.Split(',');

    public string SealContext => $"webhook/{Account}/{WebhookId}";
}
