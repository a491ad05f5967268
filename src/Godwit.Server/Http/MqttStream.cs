namespace Godwit.Server.Http;

/// <summary>
/// MQTT's bytes on a connection that Kestrel has opened. Writes go out in pieces that fit one small TLS record each: microcontrollers have small receive
/// buffers. <see cref="DisposeAsync"/> ends the writing and lets what was written go out; <see cref="Stream.Dispose()"/> before that breaks off.
/// </summary>
internal abstract class MqttStream : Stream
{
    /// <summary>Plaintext in one TLS record, as on the MQTT port.</summary>
    protected const int RecordBytesMax = 4352;

    private volatile bool _ended;

    public sealed override bool CanRead => true;
    public sealed override bool CanWrite => true;
    public sealed override bool CanSeek => false;
    public sealed override long Length => throw new NotSupportedException();
    public sealed override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    protected abstract int PieceBytesMax { get; }

    public sealed override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (; !buffer.IsEmpty; buffer = buffer[Math.Min(PieceBytesMax, buffer.Length)..])
            await WritePiece(buffer[..Math.Min(PieceBytesMax, buffer.Length)]);
    }

    public sealed override async ValueTask DisposeAsync()
    {
        if (_ended)
            return;
        _ended = true;
        await EndWrite();
    }

    public sealed override void Flush()
    {
    }

    public sealed override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Sends all of it, or throws an <see cref="IOException"/>.</summary>
    protected abstract ValueTask WritePiece(ReadOnlyMemory<byte> piece);

    protected abstract ValueTask EndWrite();

    /// <summary>May come more than once, on any thread.</summary>
    /// <param name="ended">Was the writing ended before? Then what was written must still reach the peer.</param>
    protected abstract void BreakOff(bool ended);

    protected sealed override void Dispose(bool disposing) => BreakOff(_ended);
}
