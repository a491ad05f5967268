using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Godwit.Mqtt.Transports;

/// <summary>
/// The socket under an SslStream. It differs from NetworkStream in two things: records can be collected and sent with one
/// call (<see cref="Cork"/>), and during the handshake whoever has waited for the peer goes on upon a thread of the
/// <see cref="HandshakeGate"/>.
/// </summary>
internal sealed class SocketStream(Socket socket) : Stream
{
    private readonly Lock corkLock = new();
    private HandshakeGate? handshake;
    private byte[] hello = [];
    private int helloAt, helloCount;
    private byte[]? corked;
    private int corkedCount;

    public override bool CanRead => true;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The caller is on a thread of the gate. What the peer has said so far is read before anything else; its array goes to the pool.</summary>
    public void BeginHandshake(HandshakeGate gate, byte[] said, int count)
    {
        handshake = gate;
        (hello, helloAt, helloCount) = (said, 0, count);
    }

    public void EndHandshake()
    {
        handshake = null;
        ForgetHello();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        handshake is null ? socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None) : ReadInHandshake(buffer, handshake);

    private async ValueTask<int> ReadInHandshake(Memory<byte> buffer, HandshakeGate gate)
    {
        if (helloAt < helloCount)
            return TakeHello(buffer.Span);
        if (socket.Available == 0)
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
            await gate.ComeBack();
        }

        return await socket.ReceiveAsync(buffer, SocketFlags.None).ConfigureAwait(false);
    }

    private int TakeHello(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, helloCount - helloAt);
        hello.AsSpan(helloAt, count).CopyTo(buffer);
        helloAt += count;
        if (helloAt == helloCount)
            ForgetHello();
        return count;
    }

    private void ForgetHello()
    {
        if (hello.Length > 0)
            ArrayPool<byte>.Shared.Return(hello);
        (hello, helloAt, helloCount) = ([], 0, 0);
    }

    /// <summary>From here on writes are collected, up to <paramref name="bytesExpected"/> and beyond.</summary>
    public void Cork(int bytesExpected)
    {
        lock (corkLock)
        {
            corked = ArrayPool<byte>.Shared.Rent(bytesExpected);
            corkedCount = 0;
        }
    }

    /// <summary>Sends what has been collected with one call.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask Uncork()
    {
        byte[]? bytes;
        int count;
        lock (corkLock)
        {
            (bytes, count) = (corked, corkedCount);
            corked = null;
        }

        if (bytes is null)
            return;

        try
        {
            await Send(bytes.AsMemory(0, count)).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        lock (corkLock)
        {
            if (corked is not null)
            {
                Collect(buffer.Span);
                return default;
            }
        }

        return Send(buffer);
    }

    private void Collect(ReadOnlySpan<byte> bytes)
    {
        if (corked!.Length - corkedCount < bytes.Length)
        {
            var bigger = ArrayPool<byte>.Shared.Rent((corkedCount + bytes.Length) * 2);
            corked.AsSpan(0, corkedCount).CopyTo(bigger);
            ArrayPool<byte>.Shared.Return(corked);
            corked = bigger;
        }

        bytes.CopyTo(corked.AsSpan(corkedCount));
        corkedCount += bytes.Length;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask Send(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => socket.Receive(buffer, offset, count, SocketFlags.None);

    public override void Write(byte[] buffer, int offset, int count) => socket.Send(buffer, offset, count, SocketFlags.None);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
