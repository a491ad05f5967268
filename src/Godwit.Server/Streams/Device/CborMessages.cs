using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Godwit.Core.Streams;

namespace Godwit.Server.Streams.Device;

/// <summary>
/// What devices are sent in CBOR: maps of open length, members in AWS's order. Written by hand because a block's head is forty bytes in front of
/// thousands that must not be copied, and no agent's buffer allows a byte more than AWS sends.
/// </summary>
internal static class CborMessages
{
    /// <summary>Room for any block's head: the map, a token of 64 bytes, three integers and the head of the payload.</summary>
    public const int DataHeadBytesMax = 128;

    private const byte OpenMap = 0xBF, Break = 0xFF, UnsignedInteger = 0x00, ByteString = 0x40, TextString = 0x60, Array = 0x80;

    /// <summary>What ends a data message behind its payload.</summary>
    public static readonly ReadOnlyMemory<byte> DataTail = new byte[] { Break };

    /// <summary>All of a data message before its payload: <c>BF c? f i l p</c>; answers its length.</summary>
    public static int WriteDataHead(Span<byte> to, string? token, int fileId, in Block block)
    {
        var at = 0;
        to[at++] = OpenMap;
        if (token is not null)
        {
            at += WriteName(to[at..], (byte)'c');
            at += WriteText(to[at..], token);
        }
        at += WriteName(to[at..], (byte)'f');
        at += WriteHead(to[at..], UnsignedInteger, fileId);
        at += WriteName(to[at..], (byte)'i');
        at += WriteHead(to[at..], UnsignedInteger, block.Index);
        at += WriteName(to[at..], (byte)'l');
        at += WriteHead(to[at..], UnsignedInteger, block.Length);
        at += WriteName(to[at..], (byte)'p');
        return at + WriteHead(to[at..], ByteString, block.Length);
    }

    /// <summary>The stream's description: <c>c? s d? r[{f,z}]</c>.</summary>
    public static byte[] Description(string? token, StreamInfo stream)
    {
        var to = new ArrayBufferWriter<byte>();
        Byte(to, OpenMap);
        if (token is not null)
            Texts(to, "c", token);
        Number(to, "s", stream.Version);
        if (stream.Description is not null)
            Texts(to, "d", stream.Description);
        Text(to, "r");
        Head(to, Array, stream.Files.Count);
        foreach (var file in stream.Files)
        {
            Byte(to, OpenMap);
            Number(to, "f", file.FileId);
            Number(to, "z", file.Size);
            Byte(to, Break);
        }
        Byte(to, Break);
        return to.WrittenSpan.ToArray();
    }

    /// <summary>A refusal in both spellings: <c>code o message m clientToken? c?</c>.</summary>
    public static byte[] Rejected(string? token, StreamRejection rejection)
    {
        var to = new ArrayBufferWriter<byte>();
        Byte(to, OpenMap);
        Texts(to, "code", rejection.Code);
        Texts(to, "o", rejection.Code);
        Texts(to, "message", rejection.Message);
        Texts(to, "m", rejection.Message);
        if (token is not null)
        {
            Texts(to, "clientToken", token);
            Texts(to, "c", token);
        }
        Byte(to, Break);
        return to.WrittenSpan.ToArray();
    }

    private static void Texts(ArrayBufferWriter<byte> to, string name, string value)
    {
        Text(to, name);
        Text(to, value);
    }

    private static void Number(ArrayBufferWriter<byte> to, string name, long value)
    {
        Text(to, name);
        Head(to, UnsignedInteger, value);
    }

    private static void Text(ArrayBufferWriter<byte> to, string text) =>
        to.Advance(WriteText(to.GetSpan(9 + Encoding.UTF8.GetMaxByteCount(text.Length)), text));

    private static void Head(ArrayBufferWriter<byte> to, byte major, long value) => to.Advance(WriteHead(to.GetSpan(9), major, value));

    private static void Byte(ArrayBufferWriter<byte> to, byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    private static int WriteName(Span<byte> to, byte letter)
    {
        to[0] = TextString + 1;
        to[1] = letter;
        return 2;
    }

    private static int WriteText(Span<byte> to, string text)
    {
        var head = WriteHead(to, TextString, Encoding.UTF8.GetByteCount(text));
        return head + Encoding.UTF8.GetBytes(text, to[head..]);
    }

    /// <summary>[RFC 8949 4.1] The shortest form of a length or integer.</summary>
    private static int WriteHead(Span<byte> to, byte major, long value)
    {
        switch (value)
        {
            case < 24:
                to[0] = (byte)(major | (int)value);
                return 1;
            case <= byte.MaxValue:
                to[0] = (byte)(major | 24);
                to[1] = (byte)value;
                return 2;
            case <= ushort.MaxValue:
                to[0] = (byte)(major | 25);
                BinaryPrimitives.WriteUInt16BigEndian(to[1..], (ushort)value);
                return 3;
            case <= uint.MaxValue:
                to[0] = (byte)(major | 26);
                BinaryPrimitives.WriteUInt32BigEndian(to[1..], (uint)value);
                return 5;
            default:
                to[0] = (byte)(major | 27);
                BinaryPrimitives.WriteInt64BigEndian(to[1..], value);
                return 9;
        }
    }
}
