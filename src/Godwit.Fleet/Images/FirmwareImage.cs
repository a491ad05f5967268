using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Godwit.Fleet.Images;

/// <summary>
/// An image that emulated devices can start: a 16-byte header (magic <c>GODWITFW</c>, packed version, size in bytes, both big endian),
/// then bytes that no compression shrinks.
/// </summary>
public static class FirmwareImage
{
    public const int HeaderBytes = 16;

    private static ReadOnlySpan<byte> Magic => "GODWITFW"u8;

    /// <summary>The same version and size always give the same bytes.</summary>
    public static byte[] Make(FirmwareVersion version, int sizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeBytes, HeaderBytes);
        var image = new byte[sizeBytes];
        Fill(image, version);
        Magic.CopyTo(image);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(8), version.Packed);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(12), (uint)sizeBytes);
        return image;
    }

    /// <summary>The version in an image's first bytes, or null where it is no such image.</summary>
    public static FirmwareVersion? ReadVersion(ReadOnlySpan<byte> start) =>
        start.Length >= HeaderBytes && start.StartsWith(Magic)
            ? FirmwareVersion.Unpack(BinaryPrimitives.ReadUInt32BigEndian(start[8..]))
            : null;

    private static void Fill(Span<byte> image, FirmwareVersion version)
    {
        // SHA-256 in counter mode: reproducible and without patterns.
        Span<byte> seed = stackalloc byte[8];
        Span<byte> piece = stackalloc byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt32BigEndian(seed, version.Packed);
        for (var at = 0; at < image.Length; at += SHA256.HashSizeInBytes)
        {
            BinaryPrimitives.WriteUInt32BigEndian(seed[4..], (uint)(at / SHA256.HashSizeInBytes));
            SHA256.HashData(seed, piece);
            piece[..Math.Min(piece.Length, image.Length - at)].CopyTo(image[at..]);
        }
    }
}
