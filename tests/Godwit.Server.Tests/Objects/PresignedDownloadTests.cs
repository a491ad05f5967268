using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Godwit.Server.Objects;

namespace Godwit.Server.Tests.Objects;

/// <summary>What small devices meet: one keep-alive connection, hundreds of ranges, small buffers. Bytes on the wire, no client library.</summary>
public sealed class PresignedDownloadTests : IAsyncLifetime
{
    private const string Account = "000000000000";

    private TestServer _server = null!;
    private NetworkStream _wire = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        await new S3Client(_server).WithBucket("firmware", versioned: true);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", _server.Endpoints.ApiPort, Ct);
        _wire = new NetworkStream(socket, ownsSocket: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _wire.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task An_image_comes_in_900_ranges_on_one_connection()
    {
        var image = new byte[(899 * 4096) + 1808];
        new Random(1).NextBytes(image);
        var put = await new S3Client(_server).Send("PUT", "firmware", "app.bin", "", image);
        var target = Target(_server.Get<PresignedUrls>().ForGet(Account, "us-east-1", "firmware", "app.bin", put.Header("x-amz-version-id"), TimeSpan.FromMinutes(30)));
        using var got = new MemoryStream();
        while (got.Length < image.Length)
        {
            var last = Math.Min(got.Length + 4096, image.Length) - 1;
            var (status, headers, body) = await Request("GET", target, $"Range: bytes={got.Length}-{last}");
            Assert.Equal(206, status);
            Assert.Contains($"Content-Range: bytes {got.Length}-{last}/{image.Length}\r\n", headers, StringComparison.Ordinal);
            Assert.True(headers.Length < 1024, headers);
            got.Write(body);
        }
        Assert.Equal(image, got.ToArray());
    }

    [Fact]
    public async Task A_url_is_good_for_what_it_was_signed_for_and_nothing_else()
    {
        var s3 = new S3Client(_server);
        await s3.Put("firmware", "app.bin", "hello");
        await s3.Put("firmware", "other.bin", "other");
        var target = Target(_server.Get<PresignedUrls>().ForGet(Account, "us-east-1", "firmware", "app.bin", null, TimeSpan.FromMinutes(30)));
        Assert.Equal(200, (await Request("GET", target)).Status);
        Assert.Equal(416, (await Request("GET", target, "Range: bytes=5-9")).Status);
        Assert.Equal(403, (await Request("DELETE", target)).Status);
        Assert.Equal(403, (await Request("GET", target.Replace("app", "other", StringComparison.Ordinal))).Status);
        Assert.Equal(403, (await Request("GET", target + "&versionId=null")).Status);
        Assert.Equal(403, (await Request("GET", target + "&response-content-type=text/html")).Status);
        Assert.Equal(403, (await Request("GET", target, "x-amz-checksum-mode: ENABLED")).Status);
        await s3.Send("DELETE", "firmware", "app.bin");
        Assert.Equal(404, (await Request("GET", target)).Status);
    }

    [Fact]
    public async Task A_presigned_put_cannot_be_made_a_copy()
    {
        var s3 = new S3Client(_server);
        await s3.Put("firmware", "secret", "secret");
        var target = Target(_server.Get<PresignedUrls>().ForPut(Account, "us-east-1", "firmware", "up.bin", TimeSpan.FromMinutes(5)));
        Assert.Equal(403, (await Request("PUT", target, "x-amz-copy-source: firmware/secret\r\nContent-Length: 0")).Status);
        Assert.Equal("NoSuchKey", (await s3.Get("firmware", "up.bin")).Code);
        Assert.Equal(200, (await Request("PUT", target, "Content-Length: 5", "hello")).Status);
        Assert.Equal("hello", (await s3.Get("firmware", "up.bin")).Text);
    }

    [Theory]
    [InlineData("app.bin", 0)]
    [InlineData("app.bin", 5)]
    public async Task A_client_that_waits_for_100_continue_in_vain_is_told_to_hang_up(string key, int length)
    {
        var bucket = length == 0 ? "firmware" : "none-such";
        var target = Target(_server.Get<PresignedUrls>().ForPut(Account, "us-east-1", bucket, key, TimeSpan.FromMinutes(5)));
        var (status, headers, _) = await Request("PUT", target, $"Expect: 100-continue\r\nContent-Length: {length}");
        Assert.Equal(length == 0 ? 200 : 404, status);
        Assert.Contains("Connection: close\r\n", headers, StringComparison.Ordinal);
    }

    private string Target(string url) => url[_server.Endpoints.DownloadBase.Length..];

    private async Task<(int Status, string Headers, byte[] Body)> Request(string method, string target, string headers = "", string body = "")
    {
        var host = new Uri(_server.Endpoints.DownloadBase).Authority;
        var lines = headers.Length > 0 ? headers + "\r\n" : "";
        await _wire.WriteAsync(Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n{body}"), Ct);
        var head = new StringBuilder();
        var one = new byte[1];
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
        {
            await _wire.ReadExactlyAsync(one, Ct);
            head.Append((char)one[0]);
        }
        var text = head.ToString();
        const string length = "Content-Length: ";
        var at = text.IndexOf(length, StringComparison.Ordinal);
        var count = at < 0 ? 0 : int.Parse(text.AsSpan(at + length.Length, text.IndexOf("\r\n", at, StringComparison.Ordinal) - at - length.Length), NumberStyles.None, CultureInfo.InvariantCulture);
        var content = new byte[count];
        await _wire.ReadExactlyAsync(content, Ct);
        return (int.Parse(text.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture), text, content);
    }
}
