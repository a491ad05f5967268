using System.Buffers;
using System.Security.Cryptography;
using Godwit.Server.Objects.Checksums;

namespace Godwit.Server.Objects;

/// <summary>Digests of stored bytes, where an operation needs one that was not taken when they came.</summary>
public static class ObjectDigests
{
    /// <summary>The MD5 in hex and, where asked for, a checksum in base64.</summary>
    public static async Task<(string Md5Hex, string? Checksum)> Of(Stream stream, ChecksumAlgorithm? algorithm, CancellationToken ct)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var checksum = algorithm is { } asked ? new Checksum(asked) : null;
        var buffer = ArrayPool<byte>.Shared.Rent(128 << 10);
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer, ct)) > 0)
            {
                md5.AppendData(buffer, 0, count);
                checksum?.Append(buffer.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return (Convert.ToHexStringLower(md5.GetHashAndReset()), checksum?.Base64());
    }

    /// <summary>A checksum over a whole object, as it is stored.</summary>
    public static IReadOnlyDictionary<string, string> FullObject(ChecksumAlgorithm algorithm, string base64) =>
        new Dictionary<string, string> { [algorithm.Name()] = base64, [ObjectDetails.ChecksumType] = "FULL_OBJECT" };
}
