using System.Text;

namespace Godwit.Server.Http;

/// <summary>Percent-decoding that refuses what it cannot decode, so that no two spellings mean the same name by accident.</summary>
internal static class PercentText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null if a percent sign is not followed by two hex digits, or the bytes are not UTF-8. A plus sign stays a plus sign.</summary>
    public static string? Decode(string raw)
    {
        if (!raw.Contains('%', StringComparison.Ordinal))
            return raw;
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(raw.Length)];
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '%')
            {
                length += Encoding.UTF8.GetBytes(raw.AsSpan(i, 1), bytes.AsSpan(length));
                continue;
            }

            if (i + 2 >= raw.Length || !char.IsAsciiHexDigit(raw[i + 1]) || !char.IsAsciiHexDigit(raw[i + 2]))
                return null;
            bytes[length++] = Convert.FromHexString(raw.AsSpan(i + 1, 2))[0];
            i += 2;
        }

        try
        {
            return Strict.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Names and values of a query, in order; null if one of them cannot be decoded.</summary>
    public static List<KeyValuePair<string, string>>? Query(string rawQuery)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var part in rawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = Decode(equals < 0 ? part : part[..equals]);
            var value = equals < 0 ? "" : Decode(part[(equals + 1)..]);
            if (name is null || value is null)
                return null;
            pairs.Add(new(name, value));
        }

        return pairs;
    }
}
