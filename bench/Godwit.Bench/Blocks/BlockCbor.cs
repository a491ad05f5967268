using System.Buffers.Binary;

namespace Godwit.Bench.Blocks;

/// <summary>Requests and answers of MQTT file streams in CBOR, as small as they can be: what the generator asks and the backend behind mosquitto answers.</summary>
public static class BlockCbor
{
    public const byte Break = 0xFF;

    public const int HeadBytesMax = 64;

    public readonly record struct Request(int BlockBytes, int First, int Count);

    /// <summary><c>{c: "rdy", f: 0, l, o, n}</c>; answers its length.</summary>
    public static int WriteRequest(Span<byte> to, in Request request)
    {
        ReadOnlySpan<byte> head = [0xA5, 0x61, (byte)'c', 0x63, (byte)'r', (byte)'d', (byte)'y', 0x61, (byte)'f', 0x00];
        head.CopyTo(to);
        var at = head.Length;
        at += WriteNumber(to[at..], 'l', request.BlockBytes);
        at += WriteNumber(to[at..], 'o', request.First);
        return at + WriteNumber(to[at..], 'n', request.Count);
    }

    /// <summary>Reads what <see cref="WriteRequest"/> writes, and nothing else.</summary>
    public static Request ReadRequest(ReadOnlySpan<byte> from)
    {
        var at = 10;
        return new Request(ReadNumber(from, ref at), ReadNumber(from, ref at), ReadNumber(from, ref at));
    }

    /// <summary>All of an answer before its bytes: <c>BF c f i l p</c>.</summary>
    public static int WriteDataHead(Span<byte> to, int index, int length)
    {
        ReadOnlySpan<byte> head = [0xBF, 0x61, (byte)'c', 0x63, (byte)'r', (byte)'d', (byte)'y', 0x61, (byte)'f', 0x00];
        head.CopyTo(to);
        var at = head.Length;
        at += WriteNumber(to[at..], 'i', index);
        at += WriteNumber(to[at..], 'l', length);
        return at + WriteNumber(to[at..], 'p', length, major: 0x40);
    }

    private static int WriteNumber(Span<byte> to, char name, int value, byte major = 0)
    {
        (to[0], to[1]) = (0x61, (byte)name);
        switch (value)
        {
            case < 24:
                to[2] = (byte)(major | value);
                return 3;
            case <= byte.MaxValue:
                (to[2], to[3]) = ((byte)(major | 24), (byte)value);
                return 4;
            case <= ushort.MaxValue:
                to[2] = (byte)(major | 25);
                BinaryPrimitives.WriteUInt16BigEndian(to[3..], (ushort)value);
                return 5;
            default:
                to[2] = (byte)(major | 26);
                BinaryPrimitives.WriteInt32BigEndian(to[3..], value);
                return 7;
        }
    }

    private static int ReadNumber(ReadOnlySpan<byte> from, ref int at)
    {
        at += 2;
        var first = from[at++];
        switch (first & 31)
        {
            case < 24:
                return first & 31;
            case 24:
                return from[at++];
            case 25:
                at += 2;
                return BinaryPrimitives.ReadUInt16BigEndian(from[(at - 2)..]);
            default:
                at += 4;
                return BinaryPrimitives.ReadInt32BigEndian(from[(at - 4)..]);
        }
    }
}
