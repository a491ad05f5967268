using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt.Tests.Transports;

public sealed class OpenSslBuffersTests
{
    /// <summary>A runtime that has renamed its field, or brings another OpenSSL, is noticed here; connections would only cost more memory.</summary>
    [Fact]
    public async Task The_runtimes_connection_takes_the_flag_and_still_carries_data()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && SafeEvpPKeyHandle.OpenSslVersion >> 28 == 3, "OpenSSL 3 on Linux.");
        var ct = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var near = new TcpClient();
        await near.ConnectAsync((IPEndPoint)listener.LocalEndpoint, ct);
        using var far = await listener.AcceptTcpClientAsync(ct);
        await using var client = new SslStream(near.GetStream());
        await using var server = new SslStream(far.GetStream());
        Assert.False(OpenSslBuffers.Release(server)); // Nothing is there yet.
        await Task.WhenAll(
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true }, ct),
            server.AuthenticateAsServerAsync(TlsOptions.ForDevices(TestPki.Server), ct));

        Assert.True(OpenSslBuffers.CanRelease);
        Assert.True(OpenSslBuffers.Release(server));
        var sent = new byte[100_000];
        new Random(1).NextBytes(sent);
        for (var round = 0; round < 3; round++)
        {
            var got = new byte[sent.Length];
            await Task.WhenAll(client.WriteAsync(sent, ct).AsTask(), server.ReadExactlyAsync(got, ct).AsTask());
            Assert.Equal(sent, got);
            await Task.WhenAll(server.WriteAsync(sent, ct).AsTask(), client.ReadExactlyAsync(got, ct).AsTask());
            Assert.Equal(sent, got);
        }
    }
}
