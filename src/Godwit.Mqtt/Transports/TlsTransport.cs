using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Godwit.Mqtt.Transports;

/// <summary>TLS on TCP: SslStream straight on the socket, small records, one send for all records of a write.</summary>
internal sealed class TlsTransport : Transport
{
    /// <summary>A record's header, nonce and tag, generously.</summary>
    private const int RecordOverheadBytes = 64;

    private readonly Socket socket;
    private readonly SocketStream inner;
    private readonly DeviceSslStream tls;
    private readonly SslServerAuthenticationOptions options;
    private readonly HandshakeGate gate;
    private readonly int recordBytesMax;
    private TransportInfo info;

    public TlsTransport(Socket socket, string listener, SslServerAuthenticationOptions options, HandshakeGate gate, int recordBytesMax)
    {
        this.socket = socket;
        this.options = options;
        this.gate = gate;
        this.recordBytesMax = recordBytesMax;
        inner = new SocketStream(socket);
        tls = new DeviceSslStream(inner);
        info = new TransportInfo(listener, socket.RemoteEndPoint) { IsTls = true };
    }

    public override TransportInfo Info => info;

    public override async ValueTask Open(Action waits, Action begins)
    {
        // Nothing is built for a peer that sends nothing.
        await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
        waits();
        await gate.Enter(again: false).ConfigureAwait(false);
        begins();
        inner.BeginHandshake(gate);
        try
        {
            await tls.AuthenticateAsServerAsync(options).ConfigureAwait(false);
        }
        finally
        {
            inner.EndHandshake();
        }

        info = info with
        {
            ClientCertificate = tls.RemoteCertificate?.GetRawCertData(),
            ClientChain = tls.ClientChain,
            Protocol = tls.SslProtocol,
            ServerName = tls.TargetHostName,
            ApplicationProtocol = tls.NegotiatedApplicationProtocol.ToString(),
        };
    }

    public override ValueTask<int> Read(Memory<byte> buffer) => tls.ReadAsync(buffer);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask Write(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length <= recordBytesMax)
        {
            await tls.WriteAsync(bytes).ConfigureAwait(false);
            return;
        }

        var records = (bytes.Length / recordBytesMax) + 1;
        inner.Cork(bytes.Length + (records * RecordOverheadBytes));
        try
        {
            for (; !bytes.IsEmpty; bytes = bytes[Math.Min(recordBytesMax, bytes.Length)..])
                await tls.WriteAsync(bytes[..Math.Min(recordBytesMax, bytes.Length)]).ConfigureAwait(false);
        }
        finally
        {
            await inner.Uncork().ConfigureAwait(false);
        }
    }

    public override async ValueTask EndWrite()
    {
        await tls.ShutdownAsync().ConfigureAwait(false);
        socket.Shutdown(SocketShutdown.Send);
    }

    public override void Abort() => socket.Dispose();

    public override void Dispose() => tls.Dispose();
}
