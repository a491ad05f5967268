using System.Globalization;
using System.Text;
using System.Text.Json;
using Godwit.Core.Streams;

namespace Godwit.Server.Streams.Device;

/// <summary>Reads a device's request in JSON, by the same rules as <see cref="CborRequest"/>; a number may also come as text, as some agents send it.</summary>
internal static class JsonRequest
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 16 };

    public static StreamRejection? Read(ReadOnlyMemory<byte> payload, out BlockRequest request)
    {
        request = default;
        if (payload.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0)
            return null;
        try
        {
            var reader = new Utf8JsonReader(payload.Span, Strict);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return StreamRejection.InvalidJson;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var member = reader.ValueSpan.Length > 16 ? RequestMember.Unknown : RequestMembers.Find(reader.ValueSpan);
                reader.Read();
                if (ReadMember(ref reader, member, ref request) is { } wrong)
                    return wrong;
            }
            // Anything behind the object makes the reader throw.
            return reader.Read() ? StreamRejection.InvalidJson : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-8, or half a surrogate pair.
            return StreamRejection.InvalidJson;
        }
    }

    private static StreamRejection? ReadMember(ref Utf8JsonReader reader, RequestMember member, ref BlockRequest request)
    {
        if (member == RequestMember.Unknown)
        {
            reader.Skip();
            return null;
        }
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        switch (member)
        {
            case RequestMember.ClientToken:
                if (reader.TokenType != JsonTokenType.String)
                    return Wrong("c", "text");
                var token = reader.GetString()!;
                if (Encoding.UTF8.GetByteCount(token) > StreamRejection.MaxClientTokenBytes)
                    return RequestMembers.TokenTooLong;
                request = request with { ClientToken = token };
                return null;
            case RequestMember.Bitmap:
                if (!TryBitmap(ref reader, out var bitmap))
                    return Wrong("b", "hexadecimal text that starts with 0x, base64 text, or an array of bytes");
                request = request with { HasBitmap = true, Bitmap = bitmap };
                return null;
            default:
                if (!TryInteger(ref reader, out var number))
                    return Wrong(Name(member), "a whole number");
                request = RequestMembers.With(request, member, number);
                return null;
        }
    }

    private static bool TryInteger(ref Utf8JsonReader reader, out long number)
    {
        number = 0;
        return reader.TokenType switch
        {
            JsonTokenType.Number => reader.TryGetInt64(out number) || TryHuge(reader.ValueSpan, out number),
            JsonTokenType.String => long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number),
            _ => false,
        };
    }

    /// <summary>Whole numbers past a long are as much out of bounds as its largest.</summary>
    private static bool TryHuge(ReadOnlySpan<byte> digits, out long number)
    {
        number = digits[0] == '-' ? long.MinValue : long.MaxValue;
        return digits[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
    }

    /// <summary>
    /// AWS's manual shows <c>0x130080</c>; in the field arrays of numbers work, and text without 0x behaves as base64. All are taken.
    /// </summary>
    private static bool TryBitmap(ref Utf8JsonReader reader, out byte[] bitmap)
    {
        bitmap = [];
        if (reader.TokenType == JsonTokenType.StartArray)
            return TryArray(ref reader, out bitmap);
        if (reader.TokenType != JsonTokenType.String)
            return false;
        var text = reader.GetString()!;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return TryHex(text[2..], out bitmap);
        if (!reader.TryGetBytesFromBase64(out var bytes))
            return TryHex(text, out bitmap);
        bitmap = bytes;
        return true;
    }

    private static bool TryHex(string text, out byte[] bitmap)
    {
        bitmap = [];
        if (text.Length % 2 != 0 || !text.All(char.IsAsciiHexDigit))
            return false;
        bitmap = Convert.FromHexString(text);
        return true;
    }

    private static bool TryArray(ref Utf8JsonReader reader, out byte[] bitmap)
    {
        var bytes = new List<byte>();
        bitmap = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // Signed bytes come from agents written in Java.
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var value) || value is < -128 or > 255)
                return false;
            bytes.Add((byte)value);
        }
        bitmap = [.. bytes];
        return true;
    }

    private static string Name(RequestMember member) => member switch
    {
        RequestMember.StreamVersion => "s",
        RequestMember.FileId => "f",
        RequestMember.BlockSize => "l",
        RequestMember.Offset => "o",
        _ => "n",
    };

    private static StreamRejection Wrong(string name, string wanted) =>
        StreamRejection.InvalidJson with { Message = $"{StreamRejection.InvalidJson.Message}: {name} must be {wanted}." };
}
