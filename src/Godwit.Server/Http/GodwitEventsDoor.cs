using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Webhooks;
using Godwit.Server.Http.Binding;
using Godwit.Server.Placement;
using Godwit.Server.Webhooks;
using Microsoft.AspNetCore.Http;

namespace Godwit.Server.Http;

/// <summary>
/// <c>GET /godwit/events</c>: changes as server-sent events. <c>Last-Event-ID</c> (or <c>after</c>) names a place in the journal, and all that came behind it follows;
/// presence is live only. A stream ends after a while, so that a key that was taken away does not listen on; clients come back by themselves.
/// </summary>
public sealed class GodwitEventsDoor(ChangeLog changes, Webhooks.Webhooks webhooks, ConnectionFeed presence, TimeProvider time)
{
    public const string Operations = "GET /godwit/events, GET and POST /godwit/webhooks, GET and DELETE /godwit/webhooks/{webhookId}, GET /godwit/webhooks/{webhookId}/deliveries, POST /godwit/webhooks/{webhookId}/replay, POST /godwit/webhooks/{webhookId}/test";

    private const int StreamsMax = 200;
    private const int BatchMax = 500;
    private const int PresenceMax = 10_000;

    private static readonly TimeSpan LastsAtMost = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private int _streams;

    /// <summary>Null where the request is none of these.</summary>
    internal Task<ServiceError?>? Serve(Exchange exchange, Caller caller, byte[] body)
    {
        var path = exchange.Request.RawPath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (exchange.Request.Method, path) switch
        {
            ("GET", ["godwit", "events"]) => Stream(exchange, caller),
            ("GET", ["godwit", "webhooks"]) => Answer(exchange, "ListWebhooks", webhooks.List(caller, exchange.Aborted)),
            ("POST", ["godwit", "webhooks"]) => With<Webhooks.Webhooks.CreateRequest>(body, asked => Answer(exchange, "CreateWebhook", webhooks.Create(caller, asked, exchange.Aborted))),
            ("GET", ["godwit", "webhooks", var id]) => Answer(exchange, "DescribeWebhook", webhooks.Describe(caller, id, exchange.Aborted)),
            ("GET", ["godwit", "webhooks", var id, "deliveries"]) => Answer(exchange, "ListDeliveries", webhooks.Deliveries(caller, id, exchange.Aborted)),
            ("POST", ["godwit", "webhooks", var id, "test"]) => Answer(exchange, "TestWebhook", webhooks.Test(caller, id, exchange.Aborted)),
            ("POST", ["godwit", "webhooks", var id, "replay"]) => With<Webhooks.Webhooks.ReplayRequest>(
                body.Length == 0 ? "{}"u8.ToArray() : body, asked => Answer(exchange, "ReplayWebhook", webhooks.Replay(caller, id, asked, exchange.Aborted))),
            ("DELETE", ["godwit", "webhooks", var id]) => Answer(exchange, "DeleteWebhook", webhooks.Delete(caller, id, exchange.Aborted)),
            _ => null,
        };
    }

    private static Task<ServiceError?> With<T>(byte[] body, Func<T, Task<ServiceError?>> then)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, WireJson.Options) is { } asked ? then(asked) : Task.FromResult<ServiceError?>(SerializationErrors.NotAnObject);
        }
        catch (JsonException broken)
        {
            return Task.FromResult<ServiceError?>(SerializationErrors.NotJson(broken));
        }
    }

    private static async Task<ServiceError?> Answer<T>(Exchange exchange, string operation, Task<Result<T>> call)
    {
        exchange.Operation = "godwit." + operation;
        var result = await call;
        if (!result.IsOk)
            return result.Error;
        await exchange.Send(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(result.Value, WireJson.Options));
        return null;
    }

    private async Task<ServiceError?> Stream(Exchange exchange, Caller caller)
    {
        exchange.Operation = "godwit.StreamEvents";
        if (PercentText.Query(exchange.Request.RawQuery) is not { } query)
            return new ServiceError(SerializationErrors.Exception, 400, "The query string is not percent-encoded UTF-8.");
        string? Value(string name) => query.Where(pair => pair.Key == name).Select(pair => pair.Value).FirstOrDefault();
        var kinds = Value("kinds") is { Length: > 0 } named ? named.Split(',') : [.. ChangeKind.All];
        if (kinds.FirstOrDefault(kind => !ChangeKind.All.Contains(kind)) is { } unknown)
            return Errors.InvalidRequest($"kinds has '{(unknown.Length > 32 ? unknown[..32] : unknown)}'; there are {string.Join(", ", ChangeKind.All)}.");
        var after = exchange.Context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : Value("after");
        var place = 0L;
        if (after is not null && (!long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out place) || place < 0))
            return Errors.InvalidRequest("Last-Event-ID (or after) must be the id of an event: a whole number.");
        if (Interlocked.Increment(ref _streams) > StreamsMax)
        {
            Interlocked.Decrement(ref _streams);
            return Errors.Throttling($"{StreamsMax} streams of events are open, the most there can be. Close one, or use a webhook.");
        }
        try
        {
            await new EventStream(changes, presence, time, exchange.Context.Response, caller.Account, kinds).Run(after is null ? null : place, exchange.Aborted);
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
        return null;
    }

    /// <summary>One listener's stream, from its first byte to its end.</summary>
    private sealed class EventStream(ChangeLog changes, ConnectionFeed presence, TimeProvider time, HttpResponse response, string account, string[] kinds)
    {
        private readonly Channel<ChangeEvent> _presence = Channel.CreateBounded<ChangeEvent>(new BoundedChannelOptions(PresenceMax) { FullMode = BoundedChannelFullMode.DropOldest });

        public async Task Run(long? after, CancellationToken ct)
        {
            response.StatusCode = 200;
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-store";
            // Proxies that gather answers would hold events back.
            response.Headers["X-Accel-Buffering"] = "no";
            var place = after ?? await changes.End(ct);
            presence.Changed += Note;
            try
            {
                await response.WriteAsync($"retry: 2000\nid: {place}\n: watching\n\n", ct);
                await response.Body.FlushAsync(ct);
                await Follow(place, ct);
            }
            finally
            {
                presence.Changed -= Note;
            }
        }

        private async Task Follow(long place, CancellationToken ct)
        {
            var started = time.GetTimestamp();
            while (time.GetElapsedTime(started) < LastsAtMost)
            {
                // Asked for before reading, so that what comes between is not slept over.
                var grown = changes.Grown;
                var (events, to) = await changes.After(account, place, kinds, BatchMax, ct);
                foreach (var change in events)
                    await Write(change, ct);
                while (_presence.Reader.TryRead(out var seen))
                    await Write(seen, ct);
                await response.Body.FlushAsync(ct);
                var more = to != place;
                place = to;
                if (!more && !await Wait(grown, ct))
                {
                    // The place moves on over what this listener is not told of.
                    await response.WriteAsync($"id: {place}\n: still here\n\n", ct);
                    await response.Body.FlushAsync(ct);
                }
            }
        }

        /// <summary>False where nothing came for a while.</summary>
        private async Task<bool> Wait(Task grown, CancellationToken ct)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var seen = _presence.Reader.WaitToReadAsync(waiting.Token).AsTask();
            var quiet = Task.Delay(Heartbeat, time, waiting.Token);
            var first = await Task.WhenAny(grown, seen, quiet);
            waiting.Cancel();
            ct.ThrowIfCancellationRequested();
            return first != quiet;
        }

        private async Task Write(ChangeEvent change, CancellationToken ct) => await response.WriteAsync(
            $"{(change.Id is { } id ? $"id: {id}\n" : "")}event: {change.Kind}\ndata: {JsonSerializer.Serialize(change, WireJson.Options)}\n\n", ct);

        private void Note(ClientConnection change)
        {
            if (change.Account == account && kinds.Contains(ChangeKind.Presence))
                _presence.Writer.TryWrite(PresenceInbox.Event(change));
        }
    }
}
