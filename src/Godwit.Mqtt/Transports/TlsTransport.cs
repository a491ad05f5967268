using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;

namespace Godwit.Mqtt.Transports;

/// <summary>TLS on TCP: SslStream straight on the socket, small records, one send for all records of a write.</summary>
internal sealed class TlsTransport : Transport
{
    /// <summary>A record's header, nonce and tag, generously.</summary>
    private const int RecordOverheadBytes = 64;

    /// <summary>Most hellos of devices fit; a larger one gets more as it comes.</summary>
    private const int HelloBytesFirst = 256;

    private readonly Socket socket;
    private readonly SslServerAuthenticationOptions options;
    private readonly HandshakeGate gate;
    private readonly int recordBytesMax;
    private SocketStream inner = null!;
    private DeviceSslStream? tls;
    private TransportInfo info;
    private bool holdsRoom;

    public TlsTransport(Socket socket, string listener, SslServerAuthenticationOptions options, HandshakeGate gate, int recordBytesMax)
    {
        this.socket = socket;
        this.options = options;
        this.gate = gate;
        this.recordBytesMax = recordBytesMax;
        info = new TransportInfo(listener, socket.RemoteEndPoint) { IsTls = true };
    }

    public override TransportInfo Info => info;

    public override async ValueTask Open(Action waits, Action begins)
    {
        var (hello, count) = await ReadHello().ConfigureAwait(false);
        waits();
        await gate.Begin((info.RemoteEndPoint as IPEndPoint)?.Address);
        holdsRoom = true;
        begins();
        inner = new SocketStream(socket);
        tls = new DeviceSslStream(inner);
        inner.BeginHandshake(gate, hello, count);
        try
        {
            await tls.AuthenticateAsServerAsync(options).ConfigureAwait(false);
        }
        finally
        {
            inner.EndHandshake();
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // Off the gate's thread.
        }

        OpenSslBuffers.Release(tls);
        info = info with
        {
            ClientCertificate = tls.RemoteCertificate?.GetRawCertData(),
            ClientChain = tls.ClientChain,
            Protocol = tls.SslProtocol,
            ServerName = tls.TargetHostName,
            ApplicationProtocol = tls.NegotiatedApplicationProtocol.ToString(),
        };
    }

    /// <summary>
    /// Nothing is built for a peer that sends nothing, and next to nothing for one that does not finish its hello: an SslStream is some 7 KiB before it has read anything,
    /// and thousands may dangle.
    /// </summary>
    private async ValueTask<(byte[] Bytes, int Count)> ReadHello()
    {
        await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(HelloBytesFirst);
        try
        {
            for (var count = 0; ;)
            {
                if (count == buffer.Length)
                    Grow(ref buffer);
                var read = await socket.ReceiveAsync(buffer.AsMemory(count), SocketFlags.None).ConfigureAwait(false);
                if (read == 0)
                    throw new IOException("The peer left before it had said hello.");
                count += read;
                switch (ClientHello.Look(buffer.AsSpan(0, count)))
                {
                    case HelloState.Whole:
                        var whole = buffer;
                        buffer = [];
                        return (whole, count);
                    case HelloState.Nonsense:
                        throw new AuthenticationException("What the peer says is no TLS.");
                }
            }
        }
        finally
        {
            if (buffer.Length > 0)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Grow(ref byte[] buffer)
    {
        var bigger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(bigger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = bigger;
    }

    public override void Settle()
    {
        if (!holdsRoom)
            return;
        holdsRoom = false;
        gate.Settle();
    }

    public override ValueTask<int> Read(Memory<byte> buffer) => tls!.ReadAsync(buffer);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask Write(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length <= recordBytesMax)
        {
            await tls!.WriteAsync(bytes).ConfigureAwait(false);
            return;
        }

        var records = (bytes.Length / recordBytesMax) + 1;
        inner.Cork(bytes.Length + (records * RecordOverheadBytes));
        try
        {
            for (; !bytes.IsEmpty; bytes = bytes[Math.Min(recordBytesMax, bytes.Length)..])
                await tls!.WriteAsync(bytes[..Math.Min(recordBytesMax, bytes.Length)]).ConfigureAwait(false);
        }
        finally
        {
            await inner.Uncork().ConfigureAwait(false);
        }
    }

    public override async ValueTask EndWrite()
    {
        if (tls is null)
        {
            Abort(); // There is no TLS yet in which to say goodbye.
            return;
        }

        await tls.ShutdownAsync().ConfigureAwait(false);
        socket.Shutdown(SocketShutdown.Send);
    }

    public override void Abort() => socket.Dispose();

    public override void Dispose()
    {
        tls?.Dispose();
        Settle();
    }
}
