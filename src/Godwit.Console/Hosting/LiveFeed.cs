using System.Globalization;
using System.Text;
using Godwit.Pages.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Pages.Hosting;

/// <summary>
/// Server-sent events for pages that are open: a number that grows when what the page shows has changed (the journal of a job, of a thing, or of all), once a
/// second at most. The page then asks for itself again, so what it shows has passed the same checks as when it was opened.
/// </summary>
public sealed class LiveFeed(TimeProvider time)
{
    /// <summary>Pages that are open at once, over all people.</summary>
    private const int FeedsMax = 500;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>After this a page asks anew, and with it whether its session still holds.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private int _open;

    public async Task Send(HttpContext context)
    {
        if (Interlocked.Increment(ref _open) > FeedsMax)
        {
            Interlocked.Decrement(ref _open);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        try
        {
            await Follow(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The page was closed.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task Follow(HttpContext context)
    {
        var api = context.RequestServices.GetRequiredService<ConsoleApi>();
        var query = context.Request.Query;
        var target = "/godwit/journal/head" + (query["job"].ToString() is { Length: > 0 } job ? "?job=" + Uri.EscapeDataString(job)
            : query["thing"].ToString() is { Length: > 0 } thing ? "?thing=" + Uri.EscapeDataString(thing) : "");
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers["X-Accel-Buffering"] = "no";
        var (last, quiet, started) = (-1L, 0, time.GetTimestamp());
        using var timer = new PeriodicTimer(Pace, time);
        do
        {
            var head = await api.Get<Head>("godwit", target);
            if (!head.IsOk)
                return;
            // A line now and then shows proxies that the connection lives.
            var line = head.Value.Seq != last ? $"data: {head.Value.Seq.ToString(CultureInfo.InvariantCulture)}\n\n" : ++quiet % 15 == 0 ? ":\n\n" : "";
            last = head.Value.Seq;
            if (line.Length > 0)
            {
                await response.Body.WriteAsync(Encoding.ASCII.GetBytes(line), context.RequestAborted);
                await response.Body.FlushAsync(context.RequestAborted);
            }
        }
        while (time.GetElapsedTime(started) < Longest && await timer.WaitForNextTickAsync(context.RequestAborted));
    }

    private sealed record Head(long Seq);
}
