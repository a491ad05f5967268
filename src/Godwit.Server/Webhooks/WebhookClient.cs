using System.Net;
using System.Net.Sockets;
using Godwit.Core.Webhooks;

namespace Godwit.Server.Webhooks;

/// <summary>Sends deliveries: no redirects, no proxy, short, and only to addresses that are allowed at the moment of connecting.</summary>
public sealed class WebhookClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;

    public WebhookClient(WebhookTarget target)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 16, MaxConnectionsPerServer = 4,
            ConnectCallback = (context, ct) => Connect(target, context.DnsEndPoint, ct),
        };
        _http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = 64 * 1024 };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("Godwit-Webhook/1");
    }

    /// <summary>Null for a delivery that was taken (2xx), otherwise what went wrong.</summary>
    public async Task<string?> Send(string url, byte[] body, string signature, CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.TryAddWithoutValidation(WebhookSignature.Header, signature);
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            return answer.IsSuccessStatusCode ? null : $"it answered {(int)answer.StatusCode}";
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return failure is TaskCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : failure.InnerException?.Message ?? failure.Message;
        }
    }

    public void Dispose() => _http.Dispose();

    private static async ValueTask<Stream> Connect(WebhookTarget target, DnsEndPoint to, CancellationToken ct)
    {
        var addresses = IPAddress.TryParse(to.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(to.Host, ct);
        var allowed = addresses.Where(address => target.Allows(to.Host, address)).ToArray();
        if (allowed.Length == 0)
            throw new HttpRequestException($"{to.Host} leads to no address that webhooks may go to; the setting WebhookTargets can allow it");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
