using System.Buffers.Binary;
using System.Text;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>Packets byte by byte, also those that cannot be.</summary>
internal static class Raw
{
    public const byte Connect = 0x10, PubAck = 0x40, PubRec = 0x50, PubRel = 0x62, PubComp = 0x70, Subscribe = 0x82, Unsubscribe = 0xA2;

    public static byte[] Packet(byte first, params IEnumerable<byte>[] parts)
    {
        byte[] body = [.. parts.SelectMany(part => part)];
        return [first, .. VarInt(body.Length), .. body];
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    public static byte[] Text(byte[] utf8) => [.. Number((ushort)utf8.Length), .. utf8];

    public static byte[] Number(ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>A property section at level 5; nothing at level 4, which has none.</summary>
    public static byte[] Properties(ProtocolLevel level, params byte[] properties) =>
        level == ProtocolLevel.V5 ? [.. VarInt(properties.Length), .. properties] : [];

    /// <summary>CONNECT with these flags and payload, properties empty.</summary>
    public static byte[] ConnectOf(ProtocolLevel level, byte flags, params IEnumerable<byte>[] payload) =>
        Packet(Connect, [Text("MQTT"), [(byte)level, flags], Number(60), Properties(level), .. payload]);

    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] VarInt(int value)
    {
        var bytes = new List<byte>();
        do
        {
            bytes.Add((byte)(value % 128 | (value > 127 ? 128 : 0)));
            value /= 128;
        }
        while (value > 0);
        return [.. bytes];
    }
}
