using System.Text.Json;
using System.Text.Json.Serialization;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Webhooks;
using Godwit.Server.Access;
using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Webhooks;

/// <summary>
/// Tells webhooks of what has come into the journal since they were last told, each in order, one delivery at a time. How far each was told is kept only after
/// it took the delivery: an event is told at least once. Presence, which the journal does not keep, goes along: it is tried again as long as the process lives.
/// </summary>
public sealed partial class WebhookRunner(
    Database database, ChangeLog changes, PresenceInbox presence, WebhookClient client, AccessKeys keys, TimeProvider time, ILogger<WebhookRunner> log) : BackgroundService
{
    /// <summary>Events of one delivery.</summary>
    private const int EventsMax = 100;

    private const int AtOnce = 8;

    private const int KeepEvery = 500;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly SemaphoreSlim _bell = new(0, 1);
    private readonly SemaphoreSlim _listening = new(1, 1);

    /// <summary>There is something to look at besides the journal: a webhook has changed, or somebody came or left. From any thread.</summary>
    internal void Ring()
    {
        lock (_bell)
        {
            if (_bell.CurrentCount == 0)
                _bell.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        presence.Filled += Ring;
        while (!stoppingToken.IsCancellationRequested)
        {
            var grown = changes.Grown;
            var wait = LookEvery;
            try
            {
                wait = await Round(stoppingToken);
            }
            catch (StorageException failure)
            {
                LogFailed(failure);
            }
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(grown, _bell.WaitAsync(waiting.Token), Task.Delay(wait, time, waiting.Token));
            waiting.Cancel();
        }
    }

    /// <summary>Delivers all that can be now; answers how long nothing needs to be done.</summary>
    internal async Task<TimeSpan> Round(CancellationToken ct)
    {
        await Listen(ct);
        while (true)
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var (due, next) = await database.Read(session => WebhookStore.Due(session, now), ct);
            var paced = due.Select(webhook => presence.Look(webhook.Account, webhook.WebhookId, 0, time.GetUtcNow()).Next).OfType<DateTimeOffset>().Select(at => (long?)at.ToUnixTimeMilliseconds()).Min();
            next = paced < (next ?? long.MaxValue) ? paced : next;
            var more = 0;
            await Parallel.ForEachAsync(
                due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
                async (webhook, token) =>
                {
                    if (await Deliver(webhook, token))
                        Interlocked.Increment(ref more);
                });
            if (more == 0)
                return next is { } at && at - now < LookEvery.TotalMilliseconds ? TimeSpan.FromMilliseconds(Math.Max(20, at - now)) : LookEvery;
        }
    }

    /// <summary>From here on those are told of presence that ask for it now.</summary>
    internal async Task Listen(CancellationToken ct)
    {
        // One after the other: what was read later holds.
        await _listening.WaitAsync(ct);
        try
        {
            presence.Listen((await database.Read(WebhookStore.WithPresence, ct)).Select(row => (row.Account, row.WebhookId)));
        }
        finally
        {
            _listening.Release();
        }
    }

    /// <summary>One delivery that says nothing but that it is a test.</summary>
    internal async Task<WebhookDelivery> Test(WebhookRow webhook, Caller caller, CancellationToken ct)
    {
        var said = new ChangeEvent { At = time.GetUtcNow(), Kind = ChangeKind.Test, Cause = "TestWebhook", Subject = "webhook/" + webhook.WebhookId, Reason = $"{caller.Arn} asked for it" };
        var delivery = await Send(webhook, [said], ct);
        await database.Write(
            session =>
            {
                DeliveryStore.Add(session, webhook.Account, webhook.WebhookId, delivery);
                return 0;
            },
            ct);
        return delivery;
    }

    /// <summary>One delivery. Answers whether there may be more to tell at once.</summary>
    private async Task<bool> Deliver(WebhookRow webhook, CancellationToken ct)
    {
        var (events, to) = await changes.After(webhook.Account, webhook.ToldToSeq, webhook.AllKinds, EventsMax, ct);
        var (seen, _) = presence.Look(webhook.Account, webhook.WebhookId, EventsMax - events.Count, time.GetUtcNow());
        if (to == webhook.ToldToSeq && seen.Count == 0)
            return false;
        if (events.Count == 0 && seen.Count == 0)
        {
            // A place is kept only once in a while where there is nothing to tell: it must not cost a commit for each of others' changes.
            if (to - webhook.ToldToSeq < KeepEvery)
                return false;
            await Move(webhook, webhook with { ToldToSeq = to }, null, why: null, ct);
            return true;
        }
        var delivery = await Send(webhook, [.. events, .. seen], ct);
        var now = time.GetUtcNow();
        if (delivery.Error is { } wrong)
        {
            await Fail(webhook, delivery, wrong, now, ct);
            return false;
        }
        presence.Told(webhook.Account, webhook.WebhookId, seen, now);
        var nowMs = now.ToUnixTimeMilliseconds();
        await Move(webhook, webhook with { ToldToSeq = to, Failures = 0, FirstFailedAtMs = null, NextAtMs = nowMs, LastError = null, ToldAtMs = nowMs }, delivery, why: null, ct);
        return true;
    }

    private async Task<WebhookDelivery> Send(WebhookRow webhook, IReadOnlyList<ChangeEvent> events, CancellationToken ct)
    {
        var (at, began) = (time.GetUtcNow(), time.GetTimestamp());
        var body = JsonSerializer.SerializeToUtf8Bytes(new Delivery(webhook.WebhookId, webhook.Account, events), Json);
        var wrong = await client.Send(webhook.Url, body, WebhookSignature.Of(keys.Seal.Unseal(webhook.SealedSecret, webhook.SealContext), at, body), ct);
        var kept = events.Select(one => one.Id).OfType<long>().ToList();
        return new WebhookDelivery(
            at, wrong is null, wrong, Math.Round(time.GetElapsedTime(began).TotalMilliseconds, 1), events.Count, [.. events.Select(one => one.Kind).Distinct()],
            kept.Count > 0 ? kept[0] : null, kept.Count > 0 ? kept[^1] : null);
    }

    private async Task Fail(WebhookRow webhook, WebhookDelivery delivery, string wrong, DateTimeOffset now, CancellationToken ct)
    {
        var first = webhook.FirstFailedAtMs ?? now.ToUnixTimeMilliseconds();
        var failures = webhook.Failures + 1;
        var next = WebhookRetry.Next((int)Math.Min(failures, 1000), DateTimeOffset.FromUnixTimeMilliseconds(first), now);
        var after = webhook with
        {
            Failures = failures, FirstFailedAtMs = first, LastError = wrong.Length > 500 ? wrong[..500] : wrong,
            Status = next is null ? WebhookStore.Suspended : webhook.Status, NextAtMs = (next ?? now).ToUnixTimeMilliseconds(),
        };
        LogRefused(webhook.WebhookId, webhook.Account, wrong, failures);
        await Move(webhook, after, delivery, next is null ? wrong : null, ct);
    }

    /// <param name="delivery">What was tried; null where there was nothing to tell.</param>
    private Task Move(WebhookRow before, WebhookRow after, WebhookDelivery? delivery, string? why, CancellationToken ct) => database.Write(
        session =>
        {
            WebhookStore.Move(session, before, after);
            if (delivery is not null)
                DeliveryStore.Add(session, after.Account, after.WebhookId, delivery);
            if (before.Status != after.Status)
                session.Record(new Fact(after.Account, Caller.Service(after.Account, "us-east-1").Arn, nameof(WebhookRetry), "webhook/" + after.WebhookId, before.Status, after.Status, why));
            return 0;
        },
        ct);

    private sealed record Delivery(string WebhookId, string Account, IReadOnlyList<ChangeEvent> Events);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhook {webhookId} of account {accountId} took no delivery: {reason}; failure {failures} in a row")]
    private partial void LogRefused(string webhookId, string accountId, string reason, long failures);

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhooks could not be looked at; they are in a while")]
    private partial void LogFailed(Exception failure);
}
