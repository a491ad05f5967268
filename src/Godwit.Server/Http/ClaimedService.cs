using Godwit.Core.Access;

namespace Godwit.Server.Http;

/// <summary>
/// The service that a request names in its signature, read before the signature is, so that even a malformed request is refused in the dialect of
/// its client. Nothing but the wording depends on it.
/// </summary>
internal static class ClaimedService
{
    public static string Of(SigV4Request request)
    {
        var text = request.Header("authorization") is { } header && header.Contains("Credential=", StringComparison.Ordinal) ? header
            : request.RawQuery.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        if (text.IndexOf("/aws4_request", StringComparison.Ordinal) is > 0 and var end)
            return text[(text.LastIndexOf('/', end - 1) + 1)..end];
        // Only S3 was ever reached with Signature Version 2.
        return request.RawQuery.Contains("AWSAccessKeyId=", StringComparison.Ordinal)
            || request.Header("authorization")?.StartsWith("AWS ", StringComparison.Ordinal) == true ? "s3" : "";
    }
}
