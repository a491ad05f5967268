using System.Text;

namespace Godwit.Core.Access;

/// <summary>
/// The canonical request: one text for all the ways in which the same request may be written.
/// AWS: IAM > Signature Version 4 > Create a canonical request; S3 differs in the path.
/// </summary>
public static class SigV4Canonical
{
    private const string UpperHex = "0123456789ABCDEF";

    /// <param name="withoutQuery">Names of query parameters that stand outside the signature: the signature itself, a WebSocket URL's token.</param>
    public static string Request(
        SigV4Request request, string service, IReadOnlyList<string> signedHeaders, string payloadHash, params ReadOnlySpan<string> withoutQuery)
    {
        var text = new StringBuilder(512);
        text.Append(request.Method).Append('\n')
            .Append(service == "s3" ? S3Path(request.RawPath) : Path(request.RawPath)).Append('\n')
            .Append(Query(request.RawQuery, withoutQuery)).Append('\n');
        foreach (var name in signedHeaders)
        {
            text.Append(name).Append(':');
            AppendValues(text, request, name);
            text.Append('\n');
        }

        return text.Append('\n').AppendJoin(';', signedHeaders).Append('\n').Append(payloadHash).ToString();
    }

    /// <summary>S3: encoded once, never normalised: <c>//</c> and <c>..</c> are parts of keys. An encoded slash stays encoded.</summary>
    public static string S3Path(string rawPath) => rawPath.Length == 0 ? "/" : Reencode(rawPath, keepSlash: true);

    /// <summary>All other services: dot segments and empty segments removed, then what stood on the wire is encoded a second time.</summary>
    public static string Path(string rawPath)
    {
        var segments = new List<string>();
        foreach (var segment in rawPath.Split('/'))
        {
            if (segment == ".." && segments.Count > 0)
                segments.RemoveAt(segments.Count - 1);
            else if (segment is not ("" or "." or ".."))
                segments.Add(segment);
        }

        var slashAtEnd = segments.Count > 0 && rawPath[^1] == '/' ? "/" : "";
        return Encode($"/{string.Join('/', segments)}{slashAtEnd}", keepSlash: true);
    }

    /// <summary>Names and values are encoded first and sorted afterwards. A plus sign is a plus sign, not a space.</summary>
    public static string Query(string rawQuery, params ReadOnlySpan<string> without)
    {
        if (rawQuery.Length == 0)
            return "";
        var pairs = new List<(string Name, string Value)>();
        foreach (var part in rawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            var name = Reencode(equals < 0 ? part : part[..equals], keepSlash: false);
            if (!without.Contains(name))
                pairs.Add((name, equals < 0 ? "" : Reencode(part[(equals + 1)..], keepSlash: false)));
        }

        pairs.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is not 0 and var order ? order : string.CompareOrdinal(a.Value, b.Value));
        return string.Join('&', pairs.Select(pair => $"{pair.Name}={pair.Value}"));
    }

    /// <summary>Trims a header's value and makes runs of white space one space.</summary>
    public static string HeaderValue(string value)
    {
        var text = new StringBuilder(value.Length);
        AppendValue(text, value);
        return text.ToString();
    }

    /// <summary>Every byte of the UTF-8 form that is not unreserved (RFC 3986 §2.3) becomes %XY in upper case.</summary>
    public static string Encode(string text, bool keepSlash)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
            AppendOctet(encoded, octet, keepSlash);
        return encoded.ToString();
    }

    /// <summary>Brings a text that is percent-encoded already, in whatever style, to the one canonical style.</summary>
    public static string Reencode(string raw, bool keepSlash)
    {
        if (IsCanonical(raw, keepSlash))
            return raw;
        var octets = Encoding.UTF8.GetBytes(raw);
        var encoded = new StringBuilder(raw.Length + 16);
        for (var i = 0; i < octets.Length; i++)
        {
            if (octets[i] == '%' && i + 2 < octets.Length && char.IsAsciiHexDigit((char)octets[i + 1]) && char.IsAsciiHexDigit((char)octets[i + 2]))
            {
                var octet = (byte)((HexValue(octets[i + 1]) << 4) | HexValue(octets[i + 2]));
                AppendOctet(encoded, octet, keepSlash: false);
                i += 2;
            }
            else
            {
                AppendOctet(encoded, octets[i], keepSlash);
            }
        }

        return encoded.ToString();
    }

    private static void AppendValues(StringBuilder text, SigV4Request request, string name)
    {
        var first = true;
        foreach (var (key, value) in request.Headers)
        {
            if (!key.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            if (!first)
                text.Append(',');
            AppendValue(text, value);
            first = false;
        }
    }

    private static void AppendValue(StringBuilder text, string value)
    {
        var gap = false;
        var any = false;
        foreach (var c in value)
        {
            if (c is ' ' or '\t')
            {
                gap = any;
                continue;
            }

            if (gap)
                text.Append(' ');
            text.Append(c);
            (gap, any) = (false, true);
        }
    }

    private static bool IsCanonical(string raw, bool keepSlash)
    {
        foreach (var c in raw)
        {
            if (!IsUnreserved(c) && !(keepSlash && c == '/'))
                return false;
        }

        return true;
    }

    private static void AppendOctet(StringBuilder text, byte octet, bool keepSlash)
    {
        if (IsUnreserved((char)octet) || (keepSlash && octet == '/'))
            text.Append((char)octet);
        else
            text.Append('%').Append(UpperHex[octet >> 4]).Append(UpperHex[octet & 15]);
    }

    private static bool IsUnreserved(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~';

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
