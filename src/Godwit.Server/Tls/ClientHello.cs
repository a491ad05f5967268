using System.Buffers;
using System.Buffers.Binary;
using System.Net.Security;

namespace Godwit.Server.Tls;

/// <summary>
/// The application protocols that a client offers, read from the first bytes of its connection. The runtime tells them to nobody before it chooses, and it ends
/// handshakes in which it finds none of its own names; devices offer all sorts of names and must be served.
/// </summary>
internal static class ClientHello
{
    private const int RecordHeaderBytes = 5, RandomBytes = 32;
    private const byte HandshakeRecord = 22, ClientHelloMessage = 1;
    private const ushort AlpnExtension = 16;

    /// <summary>False while more bytes are needed. What is no ClientHello, or one in several records, offers nothing.</summary>
    public static bool TryRead(in ReadOnlySequence<byte> start, out List<SslApplicationProtocol> offered)
    {
        offered = [];
        if (start.IsEmpty)
            return false;
        if (start.FirstSpan[0] != HandshakeRecord)
            return true;
        if (start.Length < RecordHeaderBytes)
            return false;
        Span<byte> header = stackalloc byte[RecordHeaderBytes];
        start.Slice(0, RecordHeaderBytes).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
        if (length > 16 * 1024)
            return true;
        if (start.Length < RecordHeaderBytes + length)
            return false;
        ReadMessage(start.Slice(RecordHeaderBytes, length).ToArray(), offered);
        return true;
    }

    /// <summary>RFC 8446 §4.1.2; RFC 7301 §3.1.</summary>
    private static void ReadMessage(ReadOnlySpan<byte> message, List<SslApplicationProtocol> offered)
    {
        if (Number(ref message, 1) != ClientHelloMessage)
            return;
        var hello = Vector(ref message, 3);
        Take(ref hello, 2 + RandomBytes);
        Vector(ref hello, 1); // session id
        Vector(ref hello, 2); // cipher suites
        Vector(ref hello, 1); // compression methods
        var extensions = Vector(ref hello, 2);
        while (!extensions.IsEmpty)
        {
            var type = Number(ref extensions, 2);
            var data = Vector(ref extensions, 2);
            if (type != AlpnExtension)
                continue;
            var names = Vector(ref data, 2);
            while (!names.IsEmpty)
            {
                var name = Vector(ref names, 1);
                if (!name.IsEmpty)
                    offered.Add(new SslApplicationProtocol(name.ToArray()));
            }
        }
    }

    /// <summary>Bytes behind their own length. Of a length that leads past the end, nothing is left.</summary>
    private static ReadOnlySpan<byte> Vector(ref ReadOnlySpan<byte> rest, int lengthBytes) => Take(ref rest, Number(ref rest, lengthBytes));

    private static int Number(ref ReadOnlySpan<byte> rest, int count)
    {
        var number = 0;
        foreach (var octet in Take(ref rest, count))
            number = (number << 8) | octet;
        return number;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count)
    {
        if (count > rest.Length)
        {
            rest = default;
            return default;
        }
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
