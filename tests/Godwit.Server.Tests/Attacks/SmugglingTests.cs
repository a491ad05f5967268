using System.Net.Sockets;
using System.Text;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A20: requests that two servers in a row would cut at different places. Each is refused and its connection closed, so that what follows it is never taken for a request.</summary>
public sealed class SmugglingTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Smuggled = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";

    private readonly TestServer _server = fixture.Server;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Cases => new()
    {
        { "CL.TE", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "TE.CL", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 400\r\n\r\n0\r\n\r\n" },
        { "two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello" },
        { "a list of lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 5\r\n\r\nhello" },
        { "a length below zero", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nhello" },
        { "a length in hexadecimal", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello" },
        { "a length beyond 64 bits", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551621\r\n\r\nhello" },
        { "an unknown coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" },
        { "chunked before another coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" },
        { "chunked twice", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" },
        { "a blank before the colon", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" },
        { "a folded header", "POST / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "a header without a name", "POST / HTTP/1.1\r\nHost: x\r\n: chunked\r\n\r\n" },
        { "a lone CR in a header", "POST / HTTP/1.1\r\nHost: x\r\nX-A: b\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "bare LF", "POST / HTTP/1.1\nHost: x\nContent-Length: 0\n\n" },
        { "a bare LF in a header", "POST / HTTP/1.1\r\nHost: x\r\nX-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "NUL in a header", "POST / HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n" },
        { "two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" },
        { "no host", "GET / HTTP/1.1\r\n\r\n" },
        { "a host that is none", "GET / HTTP/1.1\r\nHost: x y@z/\r\n\r\n" },
        { "absolute form of another host", "GET http://other/ HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "authority form", "CONNECT other:443 HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "a blank in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n" },
        { "a version that is none", "GET / HTTP/1.10\r\nHost: x\r\n\r\n" },
        { "a method that is none", "GE(T / HTTP/1.1\r\nHost: x\r\n\r\n" },
    };

    public static TheoryData<string, string> Chunks => new()
    {
        { "a size that is none", "zz\r\nhello\r\n0\r\n\r\n" },
        { "a size with a sign", "-5\r\nhello\r\n0\r\n\r\n" },
        { "a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n" },
        { "a size beyond 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n" },
        { "an extension with a bare LF", "5;a\nhello\r\n0\r\n\r\n" },
        { "an extension with a bare CR", "5;a\rhello\r\n0\r\n\r\n" },
        { "a chunk that is longer than it says", "5\r\nhello!\r\n0\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A20_a_request_that_can_be_cut_in_two_ways_is_refused_and_nothing_behind_it_is_read(string what, string request) => await Refused(what, request + Smuggled);

    [Theory]
    [MemberData(nameof(Chunks))]
    public async Task A20_a_chunk_that_can_be_read_in_two_ways_ends_the_connection(string what, string chunks)
    {
        // Signed far enough that the body is read; it is refused for the chunks before anybody looks at the signature.
        var signed = _server.Client("iot").Sign("POST", "/things/smuggled", []);
        var head = new StringBuilder($"POST {signed.RawPath} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n");
        foreach (var (name, value) in signed.Headers)
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        await Refused(what, head.Append("\r\n").Append(chunks).Append(Smuggled).ToString());
    }

    private async Task Refused(string what, string bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _server.Endpoints.ApiPort, Ct);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), Ct);
        var answers = await ReadToEnd(stream);
        Assert.True(answers.StartsWith("HTTP/1.1 4", StringComparison.Ordinal) || answers.StartsWith("HTTP/1.1 50", StringComparison.Ordinal), $"{what}: {answers}");
        Assert.DoesNotContain("InternalFailure", answers, StringComparison.Ordinal);
        Assert.True(answers.Split("HTTP/1.1 ").Length == 2, $"{what}: what lay behind it was answered: {answers}");
    }

    private static async Task<string> ReadToEnd(NetworkStream stream)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all, patience.Token);
        }
        catch (IOException)
        {
            // Reset: closed with bytes unread.
        }
        catch (OperationCanceledException) when (!Ct.IsCancellationRequested)
        {
            throw new TimeoutException($"The connection was not closed. So far: {Encoding.Latin1.GetString(all.ToArray())}");
        }
        return Encoding.Latin1.GetString(all.ToArray());
    }
}
