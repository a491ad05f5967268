using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Fleet.Link;

/// <summary>Takes ranges of presigned URLs for all devices of a process, over kept connections.</summary>
public sealed class RangeFetcher : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="root">The CA that an https download server must chain to.</param>
    public RangeFetcher(X509Certificate2 root)
    {
        var handler = new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30), UseProxy = false, UseCookies = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { root },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        _http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Starts a request; <paramref name="answered"/> is called once, with status 0 where no answer came.</summary>
    public void Fetch(string url, long first, long last, RangeAnswered answered) => _ = FetchOne(url, first, last, answered);

    /// <summary>The whole file by one request, without a range.</summary>
    public void FetchAll(string url, RangeAnswered answered) => _ = FetchOne(url, 0, last: null, answered);

    public void Dispose() => _http.Dispose();

    private async Task FetchOne(string url, long first, long? last, RangeAnswered answered)
    {
        await Task.Yield();
        var (status, body) = (0, Array.Empty<byte>());
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            if (last is not null)
                request.Headers.Range = new RangeHeaderValue(first, last);
            using var response = await _http.SendAsync(request);
            body = await response.Content.ReadAsByteArrayAsync();
            status = (int)response.StatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or UriFormatException or InvalidOperationException)
        {
            // No answer; the agent's own timer decides what follows.
        }
        answered(url, first, status, body);
    }
}

/// <summary>The answer to a range request.</summary>
public delegate void RangeAnswered(string url, long first, int status, ReadOnlySpan<byte> body);
