using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Godwit.Mqtt.Packets;

/// <summary>
/// Walks over the body of one packet. The first thing that is wrong sticks in <see cref="Error"/> and everything read after
/// it is empty, so that parsers read straight down and ask once at the end.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int end = bytes.Length;

    public int Position { get; private set; }

    public ReasonCode Error { get; private set; }

    public readonly bool Failed => Error != ReasonCode.Success;

    public readonly int Left => Failed ? 0 : end - Position;

    public void Fail(ReasonCode code)
    {
        if (!Failed)
            Error = code;
    }

    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    public ushort UInt16() => Take(2) is { Length: 2 } span ? BinaryPrimitives.ReadUInt16BigEndian(span) : (ushort)0;

    public uint UInt32() => Take(4) is { Length: 4 } span ? BinaryPrimitives.ReadUInt32BigEndian(span) : 0;

    /// <summary>A packet identifier, which is never zero [MQTT-2.3.1-1].</summary>
    public ushort PacketId()
    {
        var id = UInt16();
        if (id == 0)
            Fail(ReasonCode.ProtocolError);
        return id;
    }

    public uint VarInt()
    {
        uint value = 0;
        for (var shift = 0; shift <= 21; shift += 7)
        {
            var next = Byte();
            value |= (uint)(next & 0x7F) << shift;
            if ((next & 0x80) == 0)
            {
                // The shortest form is required [MQTT-1.5.5-1].
                if (shift > 0 && next == 0)
                    Fail(ReasonCode.MalformedPacket);
                return value;
            }
        }

        Fail(ReasonCode.MalformedPacket);
        return 0;
    }

    public ReadOnlySpan<byte> Binary() => Take(UInt16());

    /// <summary>A UTF-8 string as bytes: no surrogates, no overlong forms, no U+0000 [MQTT-1.5.3-1] [MQTT-1.5.3-2].</summary>
    public ReadOnlySpan<byte> Utf8Bytes()
    {
        var span = Binary();
        if (span.Contains((byte)0) || !Utf8.IsValid(span))
            Fail(ReasonCode.MalformedPacket);
        return Failed ? default : span;
    }

    public string Utf8String() => Encoding.UTF8.GetString(Utf8Bytes());

    /// <summary>Ends reading at <paramref name="length"/> bytes from here; gives back the old end for <see cref="Widen"/>.</summary>
    public int Narrow(uint length)
    {
        var old = end;
        if (length > (uint)Left)
            Fail(ReasonCode.MalformedPacket);
        else
            end = Position + (int)length;
        return old;
    }

    public void Widen(int oldEnd) => end = oldEnd;

    /// <summary>Bytes beyond the last field make a packet malformed.</summary>
    public void ExpectEnd()
    {
        if (Left > 0)
            Fail(ReasonCode.MalformedPacket);
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > Left)
        {
            Fail(ReasonCode.MalformedPacket);
            return default;
        }

        var span = bytes.Slice(Position, count);
        Position += count;
        return span;
    }
}
