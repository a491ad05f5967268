namespace Godwit.Mqtt.Tests.Harness;

/// <summary>Passes bytes through, written ones in pieces if asked, and keeps those that were read: what was on the wire.</summary>
internal sealed class RecordingStream(Stream inner, int pieces = int.MaxValue) : Stream
{
    private readonly MemoryStream seen = new();

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Lengths of the TLS records of application data (type 23) that were read in full.</summary>
    public List<int> ApplicationRecords()
    {
        var bytes = seen.ToArray();
        var lengths = new List<int>();
        for (var at = 0; at + 5 <= bytes.Length;)
        {
            var length = bytes[at + 3] << 8 | bytes[at + 4];
            if (bytes[at] == 23)
                lengths.Add(length);
            at += 5 + length;
        }

        return lengths;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        seen.Write(buffer.Span[..read]);
        return read;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (; !buffer.IsEmpty; buffer = buffer[Math.Min(pieces, buffer.Length)..])
            await inner.WriteAsync(buffer[..Math.Min(pieces, buffer.Length)], cancellationToken);
    }

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
