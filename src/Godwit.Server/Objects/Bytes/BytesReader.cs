using System.Security.Cryptography;
using Godwit.Core.Objects;

namespace Godwit.Server.Objects.Bytes;

/// <summary>
/// Reads a stretch of a file. Where the whole is not verified yet, it is hashed on the way and the last read is held back until the hash has been compared.
/// </summary>
internal sealed class BytesReader(FileStream file, long length, BytesId? unverified, Func<BytesId, DamagedBytesException> damaged, Action<BytesId> verified) : Stream
{
    private readonly IncrementalHash? _hash = unverified is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _left = length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length { get; } = length;

    public override long Position
    {
        get => Length - _left;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > _left)
            buffer = buffer[..(int)_left];
        if (buffer.IsEmpty)
            return 0;
        var count = await file.ReadAsync(buffer, cancellationToken);
        return Taken(buffer.Span, count);
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.Length > _left)
            buffer = buffer[..(int)_left];
        return buffer.IsEmpty ? 0 : Taken(buffer, file.Read(buffer));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _hash?.Dispose();
        file.Dispose();
        base.Dispose(disposing);
    }

    private int Taken(ReadOnlySpan<byte> buffer, int count)
    {
        if (count == 0)
            throw new EndOfStreamException($"{file.Name} ended {_left} bytes early.");
        _left -= count;
        if (unverified is not { } id)
            return count;
        _hash!.AppendData(buffer[..count]);
        if (_left > 0)
            return count;
        if (BytesId.Of(_hash.GetHashAndReset()) != id)
            throw damaged(id);
        verified(id);
        return count;
    }
}
