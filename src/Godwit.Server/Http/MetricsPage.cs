using System.Net;
using System.Text;
using Godwit.Server.Metrics;
using Microsoft.AspNetCore.Http;

namespace Godwit.Server.Http;

/// <summary><c>GET /metrics</c>: Prometheus text, without a signature, for whom the setting lets.</summary>
public sealed class MetricsPage(MetricsRegistry registry, ServerOptions options)
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Whether the request is for this page and may have it.</summary>
    public bool Serves(HttpContext context, string rawPath) =>
        rawPath == "/metrics" && options.Metrics switch
        {
            MetricsAccess.All => true,
            // A proxy on this machine that forwards for others says so.
            MetricsAccess.Loopback => context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote) && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded"),
            _ => false,
        };

    internal Task Write(Exchange exchange) => exchange.Send(200, ContentType, Encoding.UTF8.GetBytes(registry.Write()));
}
