namespace Godwit.Core.Access;

/// <summary>The values of <c>x-amz-content-sha256</c>. AWS: S3 > Authenticating requests > Transferring payload in multiple chunks.</summary>
public static class SigV4Payload
{
    public const string Unsigned = "UNSIGNED-PAYLOAD";

    /// <summary>aws-chunked, each chunk signed in a chain from the request's signature.</summary>
    public const string Streaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

    /// <summary>As <see cref="Streaming"/>, with signed trailing headers (a checksum).</summary>
    public const string StreamingTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";

    /// <summary>aws-chunked without chunk signatures, with trailing headers; what current SDKs send over TLS.</summary>
    public const string StreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    /// <summary>SHA-256 of nothing.</summary>
    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public static bool IsStreaming(string? declared) => declared is Streaming or StreamingTrailer or StreamingUnsignedTrailer;

    public static bool IsHash(string? declared) => declared is { Length: 64 } && declared.All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f');

    /// <summary>S3 may leave the body unsigned or sign it in pieces; every other service's body is hashed as a whole.</summary>
    internal static ServiceError? Check(string service, string? declared) => declared switch
    {
        null => null,
        Unsigned or Streaming or StreamingTrailer or StreamingUnsignedTrailer when service == "s3" => null,
        _ when IsHash(declared) => null,
        _ when service == "s3" => SigV4Errors.BadContentHash(service, "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
            + "STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value."),
        _ => SigV4Errors.BadContentHash(service, "x-amz-content-sha256 must be the SHA-256 of the body in lower-case hex digits."),
    };
}
