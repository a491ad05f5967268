using System.Net.Security;
using System.Security.Authentication;

namespace Godwit.Mqtt.Tests.Harness;

/// <summary>The first words of the runtime's own TLS client.</summary>
internal static class ClientHellos
{
    public static byte[] Of(SslProtocols protocols, string host = "localhost")
    {
        using var wire = new MemoryStream();
        using var tls = new SslStream(new FirstWords(wire));
        // Nobody answers: the client has said hello and finds that the stream has ended.
        Assert.ThrowsAny<IOException>(() => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, EnabledSslProtocols = protocols }).GetAwaiter().GetResult());
        return wire.ToArray();
    }

    private sealed class FirstWords(MemoryStream wire) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override void Write(byte[] buffer, int offset, int count) => wire.Write(buffer, offset, count);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
