using System.Text;
using Godwit.Core.Streams;

namespace Godwit.Server.Streams.Device;

/// <summary>
/// Reads a device's request in CBOR: one map with short names (<c>c f l o b n s</c>) or AWS's older long ones. What the operation does not know is stepped over,
/// null is as good as absent, and of a name given twice the last counts. What is wrong is a rejection; what was read before it, the token above all, is kept.
/// </summary>
internal static class CborRequest
{
    /// <summary>The token of the classic FreeRTOS agent, in every one of its requests.</summary>
    private const string CommonToken = "rdy";

    /// <param name="payload">The bitmap is a stretch of it; it must outlive the request.</param>
    public static StreamRejection? Read(ReadOnlyMemory<byte> payload, out BlockRequest request)
    {
        request = default;
        var bytes = payload.Span;
        if (bytes.IsEmpty)
            return null;
        var cursor = new CborCursor(bytes);
        if (!cursor.TryHead(out var major, out var members, out var isOpen) || major != CborCursor.Map)
            return StreamRejection.InvalidCbor;
        for (ulong i = 0; isOpen ? !cursor.TryBreak() : i < members; i++)
        {
            if (!cursor.TryString(CborCursor.TextString, out var name, out var joined, out var isNull) || isNull || joined is not null)
                return StreamRejection.InvalidCbor;
            if (!TryMember(ref cursor, payload, bytes[name], ref request, out var wrong))
                return wrong ?? StreamRejection.InvalidCbor;
        }
        return null;
    }

    private static bool TryMember(
        ref CborCursor cursor, ReadOnlyMemory<byte> payload, ReadOnlySpan<byte> name, ref BlockRequest request, out StreamRejection? wrong)
    {
        wrong = null;
        switch (RequestMembers.Find(name))
        {
            case RequestMember.ClientToken:
                return TryToken(ref cursor, payload.Span, ref request, out wrong);
            case RequestMember.Bitmap:
                if (!cursor.TryString(CborCursor.ByteString, out var stretch, out var joined, out var isNull))
                    return false;
                request = request with { HasBitmap = !isNull, Bitmap = joined ?? payload[stretch] };
                return true;
            case RequestMember.Unknown:
                return cursor.TrySkip();
            case var member:
                if (!cursor.TryInteger(out var number))
                    return false;
                request = RequestMembers.With(request, member, number);
                return true;
        }
    }

    private static bool TryToken(ref CborCursor cursor, ReadOnlySpan<byte> bytes, ref BlockRequest request, out StreamRejection? wrong)
    {
        wrong = null;
        if (!cursor.TryString(CborCursor.TextString, out var stretch, out var joined, out var isNull))
            return false;
        ReadOnlySpan<byte> text = joined ?? bytes[stretch];
        if (text.Length > StreamRejection.MaxClientTokenBytes)
        {
            wrong = RequestMembers.TokenTooLong;
            return false;
        }
        // A token costs a string; the usual one is at hand.
        request = request with { ClientToken = isNull ? null : text.SequenceEqual("rdy"u8) ? CommonToken : Encoding.UTF8.GetString(text) };
        return true;
    }
}
