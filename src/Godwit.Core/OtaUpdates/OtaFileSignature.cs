using System.Text;
using System.Text.Unicode;

namespace Godwit.Core.OtaUpdates;

/// <summary>A signature as devices find it: by a key such as <c>sig-sha256-ecdsa</c>, as base64 text.</summary>
public sealed record OtaFileSignature(string Key, string Text)
{
    /// <summary>The key that AWS writes for a file that is not signed, with null for its value.</summary>
    public const string UnsignedKey = "sig--";

    /// <summary>
    /// A signature that the caller made. Algorithms are taken as they are, in lower case. The document's bytes are the base64 text of the signature and are
    /// copied verbatim; bytes that are no text are a bare signature and are written in base64.
    /// </summary>
    public static OtaFileSignature Custom(string hashAlgorithm, string signatureAlgorithm, ReadOnlySpan<byte> inlineDocument) => new(
        $"sig-{hashAlgorithm.ToLowerInvariant()}-{signatureAlgorithm.ToLowerInvariant()}",
        Utf8.IsValid(inlineDocument) ? Encoding.UTF8.GetString(inlineDocument) : Convert.ToBase64String(inlineDocument));
}
