using System.Globalization;
using System.Text;

namespace Godwit.Core.Access;

/// <summary>
/// The chain of signatures inside an aws-chunked body: each chunk's covers the one before, the first covers the request's own.
/// AWS: S3 > Authenticating requests > Transferring payload in multiple chunks, with trailing headers.
/// </summary>
public static class SigV4Chunks
{
    /// <param name="previous">The signature of the chunk before, or of the request for the first chunk.</param>
    /// <param name="chunkHash">SHA-256 of the chunk's bytes; of nothing for the last chunk.</param>
    public static string ChunkSignature(ReadOnlySpan<byte> signingKey, string timestamp, SigV4Scope scope, string previous, string chunkHash) =>
        SigV4.Signature(signingKey, $"AWS4-HMAC-SHA256-PAYLOAD\n{timestamp}\n{scope}\n{previous}\n{SigV4Payload.EmptyHash}\n{chunkHash}");

    /// <param name="previous">The signature of the last chunk, the empty one.</param>
    /// <param name="trailers">The trailing headers without <c>x-amz-trailer-signature</c>.</param>
    public static string TrailerSignature(
        ReadOnlySpan<byte> signingKey, string timestamp, SigV4Scope scope, string previous, IEnumerable<KeyValuePair<string, string>> trailers) =>
        SigV4.Signature(
            signingKey,
            $"AWS4-HMAC-SHA256-TRAILER\n{timestamp}\n{scope}\n{previous}\n{SigV4.Hash(Encoding.UTF8.GetBytes(CanonicalTrailers(trailers)))}");

    /// <summary>Reads a chunk's first line: <c>10000;chunk-signature=…</c>, or the size alone where chunks are not signed.</summary>
    /// <param name="size">Bytes of the chunk; the last chunk has none.</param>
    public static bool TryParseHeader(string line, out long size, out string? signature)
    {
        const string extension = ";chunk-signature=";
        var semicolon = line.IndexOf(';');
        var digits = semicolon < 0 ? line : line[..semicolon];
        signature = null;
        if (digits.Length is 0 or > 15 || !long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out size))
        {
            size = 0;
            return false;
        }

        if (semicolon < 0)
            return true;
        if (!line.AsSpan(semicolon).StartsWith(extension, StringComparison.Ordinal) || line.Length != semicolon + extension.Length + 64)
            return false;
        signature = line[(semicolon + extension.Length)..];
        return signature.All(char.IsAsciiHexDigit);
    }

    private static string CanonicalTrailers(IEnumerable<KeyValuePair<string, string>> trailers) =>
        string.Concat(trailers
            .Select(line => (Name: line.Key.ToLowerInvariant(), Value: SigV4Canonical.HeaderValue(line.Value)))
            .OrderBy(line => line.Name, StringComparer.Ordinal)
            .Select(line => $"{line.Name}:{line.Value}\n"));
}
