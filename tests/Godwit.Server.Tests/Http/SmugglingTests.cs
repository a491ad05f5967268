using System.Net.Sockets;
using System.Text;

namespace Godwit.Server.Tests.Http;

/// <summary>Requests that two readers could take apart in two ways: refused, and nothing behind them is read as a second request.</summary>
public sealed class SmugglingTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n")]
    [InlineData("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n")]
    public async Task An_ambiguous_request_is_refused_and_the_connection_closed(string request)
    {
        var answer = await Exchange(request + "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("live", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_with_length_and_chunks_is_not_read_by_its_length()
    {
        // RFC 9112 §6.3 lets a server read it by its chunks, if it then closes; either way the hidden request must not be answered.
        var answer = await Exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.DoesNotContain("\r\n\r\nlive", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newline_in_a_chunk_extension_hides_nothing()
    {
        // CVE-2025-55315.
        using var iot = _server.Client("iot");
        var signed = iot.Sign("POST", "/things/x", "abcde"u8.ToArray());
        var headers = string.Concat(signed.Headers.Select(h => $"{h.Key}: {h.Value}\r\n"));
        var answer = await Exchange($"POST /things/x HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\n5;\nxx\r\nabcde\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.DoesNotContain("\r\n\r\nlive", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_target_that_is_no_path_is_refused()
    {
        using var iot = _server.Client("iot");
        var authority = _server.Address.Authority;
        var signed = iot.Sign("GET", $"http://{authority}/things");
        var headers = string.Concat(signed.Headers.Select(h => $"{h.Key}: {h.Value}\r\n"));
        Assert.StartsWith("HTTP/1.1 400 ", await Exchange($"GET http://{authority}/things HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_is_not_asked_for_before_the_signature_is_right()
    {
        using var s3 = _server.Client("s3", TestServer.Key with { Secret = "wrong" });
        var signed = s3.Sign("PUT", "/b/k", new byte[1000]);
        var headers = string.Concat(signed.Headers.Select(h => $"{h.Key}: {h.Value}\r\n"));
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", _server.Endpoints.ApiPort, Ct);
        await socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"PUT /b/k HTTP/1.1\r\n{headers}Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"), Ct);
        using var answer = new StreamReader(socket.GetStream());
        Assert.Equal("HTTP/1.1 403 Forbidden", await answer.ReadLineAsync(Ct));
    }

    /// <summary>Sends bytes and reads what comes until the server closes.</summary>
    private async Task<string> Exchange(string bytes)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", _server.Endpoints.ApiPort, Ct);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), Ct);
        var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, Ct);
        }
        catch (IOException)
        {
            // Closed with bytes of ours unread: what had come before is the answer.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
