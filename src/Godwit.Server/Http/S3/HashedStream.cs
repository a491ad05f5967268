using System.Security.Cryptography;
using Godwit.Core.Access;
using Godwit.Server.Objects.S3;

namespace Godwit.Server.Http.S3;

/// <summary>A body whose SHA-256 was signed before it was sent; checked when its end is read.</summary>
internal sealed class HashedStream(Stream inner, string declared) : ForwardStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        var read = await inner.ReadAsync(buffer, cancellationToken);
        if (read > 0)
            _hash.AppendData(buffer.Span[..read]);
        else if (!SigV4.FixedTimeEquals(Convert.ToHexStringLower(_hash.GetCurrentHash()), declared))
            throw new S3BodyException(S3BodyErrors.HashDiffers);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}
