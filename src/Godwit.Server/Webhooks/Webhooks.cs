using System.Text.RegularExpressions;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Webhooks;
using Godwit.Server.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Webhooks;

/// <summary>CreateWebhook, DescribeWebhook, ListWebhooks, ReplayWebhook, TestWebhook, ListDeliveries and DeleteWebhook — /godwit/webhooks: whom to tell of changes.</summary>
public sealed partial class Webhooks(Database database, AccessKeys keys, WebhookTarget target, WebhookRunner runner, IRandomSource random)
{
    private const int PerAccountMax = 20;
    private const string SecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <param name="Kinds">All that are kept, if left out.</param>
    public sealed record CreateRequest(string? WebhookId, string? Url, IReadOnlyList<string>? Kinds);

    /// <param name="Secret">Shown this once.</param>
    public sealed record Created(string WebhookId, string Secret);

    public sealed record Listed(IReadOnlyList<Webhook> Webhooks);

    /// <param name="Deliveries">The newest first, as many as are kept.</param>
    public sealed record ListedDeliveries(IReadOnlyList<WebhookDelivery> Deliveries);

    /// <param name="After">Tells again all that came after this place of the journal; null goes on where it stood.</param>
    public sealed record ReplayRequest(long? After);

    public sealed record Webhook
    {
        public required string WebhookId { get; init; }

        public required string Url { get; init; }

        public required IReadOnlyList<string> Kinds { get; init; }

        /// <summary>ACTIVE, or SUSPENDED after three days without a success.</summary>
        public required string Status { get; init; }

        /// <summary>The last place of the journal that it was told of.</summary>
        public long ToldTo { get; init; }

        public long Failures { get; init; }

        public string? LastError { get; init; }

        public DateTimeOffset? ToldAt { get; init; }

        public DateTimeOffset? NextAt { get; init; }
    }

    public async Task<Result<Created>> Create(Caller caller, CreateRequest request, CancellationToken ct)
    {
        if (request.WebhookId is not { } id || !Id().IsMatch(id))
            return Errors.InvalidRequest("webhookId must be 1 to 64 letters, digits, '-' or '_'.");
        if (target.Refuse(request.Url ?? "") is { } wrong)
            return Errors.InvalidRequest(wrong);
        var kinds = request.Kinds is { Count: > 0 } named ? named : ChangeKind.Kept;
        if (kinds.FirstOrDefault(kind => !ChangeKind.All.Contains(kind)) is { } unknown)
            return Errors.InvalidRequest($"kinds has '{(unknown.Length > 32 ? unknown[..32] : unknown)}'; a webhook takes {string.Join(", ", ChangeKind.All)}.");
        var secret = "whsec_" + random.NewText(40, SecretAlphabet);
        var created = await database.Change(session => Create(session, caller, id, request.Url!, kinds, secret), ct);
        await runner.Listen(ct);
        runner.Ring();
        return created;
    }

    public Task<Result<Listed>> List(Caller caller, CancellationToken ct) => database.Read<Result<Listed>>(
        session => new Listed([.. WebhookStore.List(session, caller.Account).Select(Show)]), ct);

    public Task<Result<Webhook>> Describe(Caller caller, string id, CancellationToken ct) => database.Read<Result<Webhook>>(
        session => WebhookStore.Find(session, caller.Account, id) is { } row ? Show(row) : NotFound(id), ct);

    /// <summary>Sends one delivery with an event of kind <c>test</c> and tells how it went. The webhook's place and failures stay as they are.</summary>
    public async Task<Result<WebhookDelivery>> Test(Caller caller, string id, CancellationToken ct) =>
        await database.Read(session => WebhookStore.Find(session, caller.Account, id), ct) is { } row ? await runner.Test(row, caller, ct) : NotFound(id);

    public Task<Result<ListedDeliveries>> Deliveries(Caller caller, string id, CancellationToken ct) => database.Read<Result<ListedDeliveries>>(
        session => WebhookStore.Find(session, caller.Account, id) is null ? NotFound(id) : new ListedDeliveries(DeliveryStore.List(session, caller.Account, id)), ct);

    public async Task<Result<Webhook>> Replay(Caller caller, string id, ReplayRequest request, CancellationToken ct)
    {
        var moved = await database.Change<Webhook>(
            session =>
            {
                if (WebhookStore.Find(session, caller.Account, id) is not { } row)
                    return NotFound(id);
                var end = session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal");
                if (request.After is < 0 || request.After > end)
                    return Errors.InvalidRequest($"after must be from 0 to {end}, the last place of the journal.");
                var next = row with
                {
                    Status = WebhookStore.Active, ToldToSeq = request.After ?? row.ToldToSeq, Failures = 0, FirstFailedAtMs = null, NextAtMs = session.NowMs, LastError = null,
                };
                WebhookStore.Move(session, row, next);
                session.Record(new Fact(caller.Account, caller.Arn, "ReplayWebhook", "webhook/" + id, row.Status, next.Status, $"after {next.ToldToSeq}"));
                return Show(next);
            },
            ct);
        await runner.Listen(ct);
        runner.Ring();
        return moved;
    }

    public async Task<Result<Nothing>> Delete(Caller caller, string id, CancellationToken ct)
    {
        var deleted = await database.Change<Nothing>(
            session =>
            {
                if (!WebhookStore.Delete(session, caller.Account, id))
                    return NotFound(id);
                DeliveryStore.Forget(session, caller.Account, id);
                session.Record(new Fact(caller.Account, caller.Arn, "DeleteWebhook", "webhook/" + id, WebhookStore.Active, null));
                return default(Nothing);
            },
            ct);
        runner.Ring();
        return deleted;
    }

    private Result<Created> Create(WriteSession session, Caller caller, string id, string url, IReadOnlyList<string> kinds, string secret)
    {
        if (WebhookStore.List(session, caller.Account).Count >= PerAccountMax)
            return Errors.LimitExceeded($"An account can have {PerAccountMax} webhooks. Delete one first.");
        var row = new WebhookRow
        {
            Account = caller.Account, WebhookId = id, Url = url, Kinds = string.Join(',', kinds.Distinct()), Status = WebhookStore.Active,
            ToldToSeq = session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal"), CreatedAtMs = session.NowMs,
        };
        if (!WebhookStore.Insert(session, row with { SealedSecret = keys.Seal.Seal(secret, row.SealContext) }))
            return Errors.ResourceAlreadyExists($"Webhook {id} exists already. Delete it first, or choose another id.", id, caller.IotArn("webhook/" + id));
        session.Record(new Fact(caller.Account, caller.Arn, "CreateWebhook", "webhook/" + id, null, WebhookStore.Active));
        return new Created(id, secret);
    }

    private static ServiceError NotFound(string id) => Errors.ResourceNotFound($"There is no webhook {(id.Length > 64 ? id[..64] : id)}. GET /godwit/webhooks lists them.");

    private static Webhook Show(WebhookRow row) => new()
    {
        WebhookId = row.WebhookId,
        Url = row.Url,
        Kinds = row.AllKinds,
        Status = row.Status,
        ToldTo = row.ToldToSeq,
        Failures = row.Failures,
        LastError = row.LastError,
        ToldAt = row.ToldAtMs is { } told ? DateTimeOffset.FromUnixTimeMilliseconds(told) : null,
        NextAt = row.Failures > 0 && row.Status == WebhookStore.Active ? DateTimeOffset.FromUnixTimeMilliseconds(row.NextAtMs) : null,
    };

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex Id();
}
