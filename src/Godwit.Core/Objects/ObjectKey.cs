using System.Text;
using Godwit.Core.Access;

namespace Godwit.Core.Objects;

/// <summary>Object keys: any UTF-8 text up to 1,024 bytes. A key is data and never a path.</summary>
public static class ObjectKey
{
    public const int Utf8BytesMax = 1024;

    public static int Utf8Bytes(string key) => Encoding.UTF8.GetByteCount(key);

    /// <summary>
    /// Whether a decoded key can be kept: no U+0000, which neither XML nor every database can carry, and no U+FFFD or lone surrogate,
    /// which is what decoding leaves of bytes that were not UTF-8 and would make two keys one.
    /// </summary>
    public static bool IsText(string key)
    {
        if (key.AsSpan().ContainsAny('\0', '\uFFFD'))
            return false;
        for (var i = 0; i < key.Length; i++)
        {
            if (!char.IsSurrogate(key[i]))
                continue;
            if (!char.IsHighSurrogate(key[i]) || i + 1 == key.Length || !char.IsLowSurrogate(key[i + 1]))
                return false;
            i++;
        }
        return true;
    }

    /// <summary>Percent-encodes for paths and for <c>encoding-type=url</c>: unreserved characters and slashes stay.</summary>
    public static string Encode(string key) => SigV4Canonical.Encode(key, keepSlash: true);
}
