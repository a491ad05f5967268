using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Core.Signing;

/// <summary>
/// The signed object as Signer writes it: <c>{"rawPayloadSize":N,"signature":"…","signatureAlgorithm":"SHA256withECDSA","payload":"…"}</c>, the signature and
/// the image in base64. The detached form has <c>payloadLocation</c> in the payload's place.
/// </summary>
public static class SigningEnvelope
{
    /// <summary>What stands before the base64 text of the image.</summary>
    public static string Head(long rawPayloadSize, string signature, CodeSigningAlgorithm algorithm) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"rawPayloadSize":{{rawPayloadSize}},"signature":"{{signature}}","signatureAlgorithm":"{{algorithm.Name}}","payload":""") + "\"";

    /// <summary>What stands behind it.</summary>
    public const string Tail = "\"}";

    /// <summary>The whole of a detached envelope.</summary>
    public static string Detached(long rawPayloadSize, string signature, CodeSigningAlgorithm algorithm, string bucket, string key, string version) =>
        Head(rawPayloadSize, signature, algorithm)[..^"\"payload\":\"".Length]
        + $"\"payloadLocation\":{{\"s3\":{{\"bucketName\":\"{Text(bucket)}\",\"key\":\"{Text(key)}\",\"version\":\"{Text(version)}\"}}}}}}";

    private static string Text(string value) => JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value;
}
