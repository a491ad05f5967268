namespace Godwit.Server.Tests.Mqtt;

/// <summary>Looks at the headers of the TLS records that pass.</summary>
internal sealed class RecordTap(Stream inner) : Stream
{
    private readonly byte[] _header = new byte[5];
    private int _headerBytes;
    private int _bodyLeft;

    public int LargestRecord { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Look(buffer.Span[..read]);
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }

    private void Look(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_bodyLeft > 0)
            {
                var passed = Math.Min(_bodyLeft, bytes.Length);
                _bodyLeft -= passed;
                bytes = bytes[passed..];
                continue;
            }
            _header[_headerBytes++] = bytes[0];
            bytes = bytes[1..];
            if (_headerBytes < 5)
                continue;
            _headerBytes = 0;
            _bodyLeft = (_header[3] << 8) | _header[4];
            LargestRecord = Math.Max(LargestRecord, _bodyLeft);
        }
    }
}
