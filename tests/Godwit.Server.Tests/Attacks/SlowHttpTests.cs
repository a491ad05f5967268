using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Godwit.Server.Http;
using Godwit.Server.Tests.Mqtt;

namespace Godwit.Server.Tests.Attacks;

/// <summary>
/// A17: headers and bodies that never end, on the API port and on the HTTPS port of devices. Each is closed within the time that such a thing has, which is shorter here
/// than in the field, and leaves nothing behind.
/// </summary>
public sealed class SlowHttpTests : IAsyncLifetime
{
    /// <summary>How an attacker paces himself: far below any rate that counts.</summary>
    private static readonly TimeSpan BetweenBytes = TimeSpan.FromMilliseconds(100);

    private TestServer _server = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start(configure: options => options with
    {
        // The web server looks once a second, and a grace is longer than that.
        HttpPatience = new HttpPatience { Headers = TimeSpan.FromSeconds(1), BytesPerSecond = 1000, Grace = TimeSpan.FromSeconds(1.1) },
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A17_dribbled_headers_and_bodies_are_closed_in_time_and_others_are_served()
    {
        using var s3 = _server.Client("s3");
        Assert.Equal(200, (await s3.Send("PUT", "/slow")).Status);
        var registrar = new Registrar(_server.Get<IServiceProvider>());
        var device = await registrar.Register("dev7", Registrar.WidePolicy);

        var slow = await Task.WhenAll(
            Dribble(await Api(), "", "GET /things HTTP/1.1\r\nHost: localhost\r\nX-A: "),
            Dribble(await Https(registrar, device), "", "GET /things/dev7/jobs HTTP/1.1\r\nHost: localhost\r\nX-A: "),
            Dribble(await Api(), Head(s3.Sign("PUT", "/slow/object", new byte[9999])), "x"),
            Dribble(await Api(), Head(_server.Client("iot").Sign("POST", "/things/slow", new byte[9999])), "{"),
            Dribble(await Https(registrar, device), "POST /topics/news HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n", "x"));

        Assert.All(slow, answer => Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), answer));
        Assert.StartsWith("HTTP/1.1 408", slow[0]);
        Assert.StartsWith("HTTP/1.1 408", slow[1]);
        Assert.Contains("<Code>RequestTimeout</Code>", slow[2]);
        Assert.StartsWith("HTTP/1.1 408", slow[3]);
        Assert.StartsWith("HTTP/1.1 408", slow[4]);
        Assert.All(slow, answer => Assert.DoesNotContain("InternalFailure", answer, StringComparison.Ordinal));
        Assert.Equal(404, (await s3.Send("GET", "/slow/object")).Status);
        using var iot = _server.Client("iot");
        Assert.Equal("ResourceNotFoundException", (await iot.Get("/things/slow")).Exception);
    }

    [Fact]
    public void What_peers_may_take_in_the_field_is_bounded_too()
    {
        var patience = new HttpPatience();
        Assert.InRange(patience.Headers, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));
        Assert.InRange(patience.Idle, TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(3));
        Assert.InRange(patience.Grace, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));
        Assert.InRange(patience.BytesPerSecond, 100, 1000);
    }

    /// <summary>Sends the first part at once and then the other, over and over, a byte at a time, until the service has had enough.</summary>
    private static async Task<string> Dribble(Stream stream, string atOnce, string slowly)
    {
        await using var open = stream;
        await stream.WriteAsync(Encoding.ASCII.GetBytes(atOnce), Ct);
        var answer = ReadToEnd(stream);
        var bytes = Encoding.ASCII.GetBytes(slowly);
        try
        {
            for (var i = 0; !answer.IsCompleted; i++)
            {
                await stream.WriteAsync(i < bytes.Length ? bytes.AsMemory(i, 1) : "x"u8.ToArray(), Ct);
                await Task.WhenAny(answer, Task.Delay(BetweenBytes, Ct));
            }
        }
        catch (IOException)
        {
            // Closed.
        }

        return await answer;
    }

    private static async Task<string> ReadToEnd(Stream stream)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all, patience.Token);
        }
        catch (IOException)
        {
            // Reset: closed with bytes unread.
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }

    private static string Head(Core.Access.SigV4Request signed) =>
        $"{signed.Method} {signed.RawPath} HTTP/1.1\r\n{string.Concat(signed.Headers.Select(header => $"{header.Key}: {header.Value}\r\n"))}Content-Length: 9999\r\n\r\n";

    private async Task<Stream> Api() => new NetworkStream(await Dial(_server.Endpoints.ApiPort), ownsSocket: true);

    private async Task<Stream> Https(Registrar registrar, TestDevice device)
    {
        var tls = new SslStream(new NetworkStream(await Dial(_server.Endpoints.HttpsPort), ownsSocket: true));
        await tls.AuthenticateAsClientAsync(registrar.ClientTls(device, SslProtocols.None), Ct);
        return tls;
    }

    private static async Task<Socket> Dial(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, Ct);
        return socket;
    }
}
