using System.Security.Cryptography;
using System.Text;

namespace Godwit.Server.Signing;

/// <summary>Streams read one behind the other: the signed object is made while it is stored, so a large image is never in memory.</summary>
internal sealed class EnvelopeStream(IEnumerable<Stream> parts) : Stream
{
    private readonly Queue<Stream> _parts = new(parts);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The text, the image in base64, the text.</summary>
    public static EnvelopeStream Around(string head, Stream image, string tail) =>
        new([Utf8(head), new CryptoStream(image, new ToBase64Transform(), CryptoStreamMode.Read), Utf8(tail)]);

    public static EnvelopeStream Of(string text) => new([Utf8(text)]);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_parts.TryPeek(out var part))
        {
            if (await part.ReadAsync(buffer, cancellationToken) is > 0 and var count)
                return count;
            await _parts.Dequeue().DisposeAsync();
        }
        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        while (disposing && _parts.TryDequeue(out var part))
            part.Dispose();
        base.Dispose(disposing);
    }

    private static MemoryStream Utf8(string text) => new(Encoding.UTF8.GetBytes(text));
}
