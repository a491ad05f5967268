using Godwit.Core;

namespace Godwit.Server.Http.S3;

/// <summary>What can be wrong with an S3 body. AWS: S3 > Error responses.</summary>
internal static class S3BodyErrors
{
    public static readonly ServiceError HashDiffers =
        new("XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed.");

    public static readonly ServiceError Malformed =
        new("InvalidRequest", 400, "The aws-chunked body is malformed: a chunk's size, its signature, its line ends or its end are not as they must be.");

    public static readonly ServiceError Incomplete =
        new("IncompleteBody", 400, "You did not provide the number of bytes specified by the Content-Length HTTP header");

    public static readonly ServiceError LengthDiffers =
        new("IncompleteBody", 400, "The body does not hold the number of bytes that x-amz-decoded-content-length says.");

    public static readonly ServiceError MalformedTrailer =
        new("MalformedTrailerError", 400, "The request contained trailing data that was not well-formed or did not conform to our published schema.");

    public static ServiceError TooLarge(long bytes, long bytesMax) => new(
        "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size",
        new Dictionary<string, string> { ["ProposedSize"] = $"{bytes}", ["MaxSizeAllowed"] = $"{bytesMax}" });
}
