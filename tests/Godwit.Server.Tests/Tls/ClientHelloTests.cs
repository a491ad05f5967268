using System.Buffers;
using System.Net.Security;
using CsCheck;
using Godwit.Server.Tls;

namespace Godwit.Server.Tests.Tls;

public sealed class ClientHelloTests
{
    [Fact]
    public async Task What_a_client_offers_is_read_once_its_whole_message_is_there()
    {
        var hello = await Hello("x-amzn-mqtt-ca", "http/1.1");

        for (var count = 0; count < hello.Length; count++)
            Assert.False(ClientHello.TryRead(new ReadOnlySequence<byte>(hello, 0, count), out _));
        Assert.True(ClientHello.TryRead(new ReadOnlySequence<byte>(hello), out var offered));
        Assert.Equal(["x-amzn-mqtt-ca", "http/1.1"], offered.Select(name => name.ToString()));
    }

    [Fact]
    public async Task A_client_without_ALPN_offers_nothing()
    {
        Assert.True(ClientHello.TryRead(new ReadOnlySequence<byte>(await Hello()), out var offered));
        Assert.Empty(offered);
    }

    [Fact]
    public async Task Damage_anywhere_is_taken_without_fault()
    {
        var hello = await Hello("mqtt");
        Gen.Select(Gen.Int[5, hello.Length - 1], Gen.Byte, Gen.Byte).Sample((at, first, second) =>
        {
            var damaged = hello.ToArray();
            damaged[at] = first;
            damaged[^(at % 7 + 1)] = second;
            return ClientHello.TryRead(new ReadOnlySequence<byte>(damaged), out _);
        });
    }

    /// <summary>The first bytes that the runtime's own client sends.</summary>
    private static async Task<byte[]> Hello(params string[] protocols)
    {
        using var wire = new MemoryStream();
        using var tls = new SslStream(wire);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols.Select(name => new SslApplicationProtocol(name))],
        };
        // Nobody answers: the stream behind it ends.
        await Assert.ThrowsAnyAsync<IOException>(() => tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken));
        return wire.ToArray();
    }
}
