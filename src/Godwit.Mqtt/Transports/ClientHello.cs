using System.Buffers.Binary;

namespace Godwit.Mqtt.Transports;

/// <summary>
/// Where the first message of a TLS client ends, so that nothing is built for a peer that has not said all of it. Only lengths are looked at; what they hold is
/// for the handshake.
/// </summary>
internal static class ClientHello
{
    /// <summary>A message with its records' headers. The largest in the field, with post-quantum keys and a ticket, have 3 KiB.</summary>
    public const int BytesMax = 16 * 1024;

    private const int RecordHeaderBytes = 5, MessageHeaderBytes = 4;
    private const int RecordBytesMax = 1 << 14;
    private const byte HandshakeRecord = 22, ClientHelloMessage = 1, VersionMajor = 3;

    /// <summary>RFC 8446 §5.1: a message may come in several records, none of which is empty; §4: type, then a length of three bytes.</summary>
    public static HelloState Look(ReadOnlySpan<byte> start)
    {
        Span<byte> header = stackalloc byte[MessageHeaderBytes];
        var inMessage = 0;
        for (var at = 0; ;)
        {
            var rest = start[at..];
            if ((rest.Length > 0 && rest[0] != HandshakeRecord) || (rest.Length > 1 && rest[1] != VersionMajor))
                return HelloState.Nonsense;
            if (rest.Length < RecordHeaderBytes)
                return More(start);
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[3..]);
            if (length is 0 or > RecordBytesMax)
                return HelloState.Nonsense;

            var body = rest[RecordHeaderBytes..Math.Min(rest.Length, RecordHeaderBytes + length)];
            for (var i = 0; i < body.Length && inMessage + i < MessageHeaderBytes; i++)
                header[inMessage + i] = body[i];
            inMessage += body.Length;
            if (inMessage > 0 && header[0] != ClientHelloMessage)
                return HelloState.Nonsense;
            if (inMessage >= MessageHeaderBytes)
            {
                var message = MessageHeaderBytes + (int)(BinaryPrimitives.ReadUInt32BigEndian(header) & 0xFF_FFFF);
                if (message > BytesMax)
                    return HelloState.Nonsense;
                if (inMessage >= message)
                    return HelloState.Whole;
            }

            if (body.Length < length)
                return More(start);
            at += RecordHeaderBytes + length;
        }
    }

    private static HelloState More(ReadOnlySpan<byte> start) => start.Length < BytesMax ? HelloState.Unfinished : HelloState.Nonsense;
}
