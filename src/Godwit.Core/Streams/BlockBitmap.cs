using System.Buffers.Binary;
using System.Numerics;

namespace Godwit.Core.Streams;

/// <summary>
/// A map of wanted blocks, least significant bit first: bit k of byte j is block 8j + k after the request's offset.
/// AWS: MQTT-based file delivery > Get data blocks from a stream (blocks 20, 21, 24, 43 from offset 20 are the bytes 13 00 80).
/// </summary>
public static class BlockBitmap
{
    /// <summary>A bitmap has to be shorter than this.</summary>
    public const int LimitBytes = 12288;

    public static int BytesFor(int blocks) => (blocks + 7) / 8;

    /// <summary>The first set bit at or behind <paramref name="from"/>, or -1.</summary>
    public static int NextSet(ReadOnlySpan<byte> bitmap, int from)
    {
        var index = from >> 3;
        if (index >= bitmap.Length)
            return -1;
        var first = bitmap[index] & (0xFF << (from & 7));
        if (first != 0)
            return (index << 3) + BitOperations.TrailingZeroCount(first);
        index++;
        for (; index + sizeof(ulong) <= bitmap.Length; index += sizeof(ulong))
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(bitmap[index..]);
            if (word != 0)
                return (index << 3) + BitOperations.TrailingZeroCount(word);
        }

        for (; index < bitmap.Length; index++)
        {
            if (bitmap[index] != 0)
                return (index << 3) + BitOperations.TrailingZeroCount(bitmap[index]);
        }

        return -1;
    }

    public static bool IsSet(ReadOnlySpan<byte> bitmap, int block) =>
        block >> 3 < bitmap.Length && (bitmap[block >> 3] & (1 << (block & 7))) != 0;

    public static void Set(Span<byte> bitmap, int block) => bitmap[block >> 3] |= (byte)(1 << (block & 7));

    public static void Clear(Span<byte> bitmap, int block) => bitmap[block >> 3] &= (byte)~(1 << (block & 7));

    /// <summary>A device's first map: every one of these blocks is wanted, the rest of the last byte is zero.</summary>
    public static byte[] All(int blocks)
    {
        var bitmap = new byte[BytesFor(blocks)];
        bitmap.AsSpan().Fill(0xFF);
        if ((blocks & 7) != 0)
            bitmap[^1] = (byte)((1 << (blocks & 7)) - 1);
        return bitmap;
    }
}
