using System.Text;
using System.Text.Unicode;
using Godwit.Core.Signing;

namespace Godwit.Core.OtaUpdates;

/// <summary>A signature as devices find it: by a key such as <c>sig-sha256-ecdsa</c>, as base64 text.</summary>
public sealed record OtaFileSignature(string Key, string Text)
{
    /// <summary>The key that AWS writes for a file that is not signed, with null for its value.</summary>
    public const string UnsignedKey = "sig--";

    /// <summary>The keys that agents in the field look for. AWS: OTA agent > signature keys.</summary>
    public static IReadOnlyList<string> KnownKeys { get; } = ["sig-sha256-ecdsa", "sig-sha256-rsa", "sig-sha1-rsa", "sig-sha1-ecdsa"];

    /// <summary>
    /// A signature that the caller made. Algorithms are taken as they are, in lower case. The document's bytes are the base64 text of the signature and are
    /// copied verbatim; bytes that are no text are a bare signature and are written in base64.
    /// </summary>
    public static OtaFileSignature Custom(string hashAlgorithm, string signatureAlgorithm, ReadOnlySpan<byte> inlineDocument) => new(
        KeyOf(hashAlgorithm, signatureAlgorithm),
        Utf8.IsValid(inlineDocument) ? Encoding.UTF8.GetString(inlineDocument) : Convert.ToBase64String(inlineDocument));

    /// <summary>A signature that a signing job made.</summary>
    public static OtaFileSignature OfJob(CodeSigningAlgorithm algorithm, string signature) => new(KeyOf(algorithm.Hash, algorithm.Encryption), signature);

    private static string KeyOf(string hash, string encryption) => $"sig-{hash.ToLowerInvariant()}-{encryption.ToLowerInvariant()}";
}
