using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using Godwit.Core.Objects;

namespace Godwit.Server.Objects.Checksums;

/// <summary>A checksum in the making.</summary>
public sealed class Checksum(ChecksumAlgorithm algorithm) : IDisposable
{
    private readonly Crc32? _crc32 = algorithm == ChecksumAlgorithm.Crc32 ? new Crc32() : null;
    private readonly IncrementalHash? _hash = algorithm switch
    {
        // S3 offers SHA-1 to detect damage in transit; nothing is trusted by it.
        ChecksumAlgorithm.Sha1 => IncrementalHash.CreateHash(HashAlgorithmName.SHA1),
        ChecksumAlgorithm.Sha256 => IncrementalHash.CreateHash(HashAlgorithmName.SHA256),
        _ => null,
    };

    private Crc32C _crc32C = new();
    private Crc64Nvme _crc64 = new();

    public ChecksumAlgorithm Algorithm => algorithm;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_crc32 is not null)
            _crc32.Append(bytes);
        else if (_hash is not null)
            _hash.AppendData(bytes);
        else if (algorithm == ChecksumAlgorithm.Crc32C)
            _crc32C.Append(bytes);
        else
            _crc64.Append(bytes);
    }

    /// <summary>The value so far, in base64 of its big-endian bytes.</summary>
    public string Base64()
    {
        var bytes = new byte[algorithm.Bytes()];
        if (_crc32 is not null)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, _crc32.GetCurrentHashAsUInt32());
        else if (_hash is not null)
            _hash.GetCurrentHash(bytes);
        else if (algorithm == ChecksumAlgorithm.Crc32C)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, _crc32C.Value);
        else
            BinaryPrimitives.WriteUInt64BigEndian(bytes, _crc64.Value);
        return Convert.ToBase64String(bytes);
    }

    public static string Of(ChecksumAlgorithm algorithm, ReadOnlySpan<byte> bytes)
    {
        using var checksum = new Checksum(algorithm);
        checksum.Append(bytes);
        return checksum.Base64();
    }

    public void Dispose() => _hash?.Dispose();
}
