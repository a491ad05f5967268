using System.Collections.Concurrent;
using Godwit.Server.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.Cli.Tests;

/// <summary>The service as AWS would be: a proxy before its API that lets signed calls of AWS's own operations through and nothing else.</summary>
internal sealed class OnlyAws : IAsyncDisposable
{
    private static readonly string[] NotPassedOn = ["Connection", "Transfer-Encoding", "Content-Length", "Keep-Alive"];

    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private readonly Uri _behind;

    private OnlyAws(Uri behind, WebApplication app) => (_behind, _app) = (behind, app);

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>What AWS would not have known.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    public ConcurrentQueue<string> Passed { get; } = new();

    public static async Task<OnlyAws> Before(TestServer server)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var proxy = new OnlyAws(server.Address, builder.Build());
        proxy._app.Run(proxy.Serve);
        await proxy._app.StartAsync();
        proxy.Endpoint = new Uri(proxy._app.Urls.First());
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task Serve(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var call = $"{context.Request.Method} {target}";
        if (target.StartsWith("/godwit/", StringComparison.Ordinal) || !context.Request.Headers.Authorization.ToString().StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
        {
            Refused.Enqueue(call);
            context.Response.StatusCode = 403;
            return;
        }
        Passed.Enqueue(call);
        var path = new Uri(_behind.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), path) { Content = new StreamContent(context.Request.Body) };
        foreach (var (name, values) in context.Request.Headers)
            if (!NotPassedOn.Contains(name, StringComparer.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, values.ToArray()))
                request.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
        // What was signed is the host that was called.
        request.Headers.Host = context.Request.Host.Value;
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!NotPassedOn.Contains(name, StringComparer.OrdinalIgnoreCase))
                context.Response.Headers[name] = values.ToArray();
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
