using System.Security.Cryptography;
using Godwit.Core.Objects;
using Godwit.Server.Objects;
using Godwit.Server.Objects.Bytes;

namespace Godwit.Server.Signing;

/// <summary>The hash of an image, read once from its object; how much of it is in memory does not depend on its size.</summary>
public sealed class ImageDigest(IObjectBytes bytes)
{
    private const int BufferBytes = 128 << 10;

    /// <exception cref="DamagedBytesException">The object's bytes are not those that were stored.</exception>
    public async Task<byte[]> Of(ObjectFacts image, HashAlgorithmName hash, CancellationToken ct)
    {
        await using var stream = await bytes.OpenRead(image.BytesId, new ByteRange(0, image.SizeBytes), ct);
        using var digest = IncrementalHash.CreateHash(hash);
        var buffer = new byte[BufferBytes];
        int count;
        while ((count = await stream.ReadAsync(buffer, ct)) > 0)
            digest.AppendData(buffer, 0, count);
        return digest.GetHashAndReset();
    }
}
