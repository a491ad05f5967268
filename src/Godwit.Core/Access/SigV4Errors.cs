namespace Godwit.Core.Access;

/// <summary>
/// How a signature is refused. Three families of services word it differently: S3 (XML), the query services (sts) and all others.
/// AWS: IAM > Troubleshoot Signature Version 4; S3 > Error responses.
/// </summary>
public static class SigV4Errors
{
    private const string Mismatch = "The request signature we calculated does not match the signature you provided. Check your ";

    public static ServiceError Missing(string service) => service == "s3"
        ? new("AccessDenied", 403, "Access Denied")
        : new(IsQuery(service) ? "MissingAuthenticationToken" : "MissingAuthenticationTokenException", 403, "Missing Authentication Token");

    public static ServiceError DoesNotMatch(string service) => service == "s3"
        ? new("SignatureDoesNotMatch", 403, Mismatch + "key and signing method.")
        : Invalid(service, Mismatch + "AWS Secret Access Key and signing method. Consult the service documentation for details.");

    public static ServiceError UnknownKey(string service) => service switch
    {
        "s3" => new("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."),
        "sts" or "iam" => new("InvalidClientTokenId", 403, "The security token included in the request is invalid."),
        _ => new("UnrecognizedClientException", 403, "The security token included in the request is invalid."),
    };

    public static ServiceError Skewed(string service, string signed, string now, string limit, TimeSpan tolerance, bool late) => service == "s3"
        ? new("RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large.",
            new Dictionary<string, string> { ["RequestTime"] = signed, ["ServerTime"] = now, ["MaxAllowedSkewMilliseconds"] = $"{tolerance.TotalMilliseconds:0}" })
        : Invalid(service, late
            ? $"Signature expired: {signed} is now earlier than {limit} ({now} - {tolerance.TotalMinutes:0} min.)"
            : $"Signature not yet current: {signed} is still later than {limit} ({now} + {tolerance.TotalMinutes:0} min.)");

    public static ServiceError Expired(string service, string expires, string now, long seconds) => service == "s3"
        ? new("AccessDenied", 403, "Request has expired",
            new Dictionary<string, string> { ["X-Amz-Expires"] = $"{seconds}", ["Expires"] = expires, ["ServerTime"] = now })
        : Invalid(service, $"Signature expired: the presigned request was good until {expires}, it is now {now}");

    public static ServiceError NotYetValid(string service) =>
        service == "s3" ? new("AccessDenied", 403, "Request is not yet valid") : Invalid(service, "Signature not yet current");

    public static ServiceError NotSigned(string service, string header) => service == "s3"
        ? new("AccessDenied", 403, "There were headers present in the request which were not signed", new Dictionary<string, string> { ["HeadersNotSigned"] = header })
        : Invalid(service, $"Header '{header}' must be among the SignedHeaders of the signature.");

    public static ServiceError WrongDay(string service, string scopeDate, string timestamp) => service == "s3"
        ? new("AuthorizationHeaderMalformed", 400, $"The authorization header is malformed; Invalid credential date \"{scopeDate}\". Expected \"{timestamp[..8]}\".")
        : Invalid(service, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            + $"'{scopeDate}' != '{timestamp[..8]}', from '{timestamp}'.");

    /// <summary>SigV2 and SigV4a by their names, and every scheme that is none of ours.</summary>
    public static ServiceError Unsupported(string service, string scheme) => service == "s3"
        ? new("InvalidRequest", 400, "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
        : Incomplete(service, $"Unsupported authorization: {scheme}. Sign with AWS4-HMAC-SHA256 (Signature Version 4).");

    public static ServiceError TwoMechanisms(string service) => service == "s3"
        ? new("InvalidArgument", 400, "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter "
            + "or the Authorization header should be specified")
        : Incomplete(service, "Only one auth mechanism allowed: either the Authorization header or X-Amz-* query parameters.");

    public static ServiceError HeaderMalformed(string service, string cause) => service == "s3"
        ? new("AuthorizationHeaderMalformed", 400, $"The authorization header is malformed; {cause}")
        : Incomplete(service, $"Authorization header is malformed; {cause}");

    public static ServiceError QueryMalformed(string service, string cause) =>
        service == "s3" ? new("AuthorizationQueryParametersError", 400, cause) : Incomplete(service, cause);

    public static ServiceError BadContentHash(string service, string cause) =>
        service == "s3" ? new("InvalidArgument", 400, cause) : Invalid(service, cause);

    /// <summary>A temporary key whose time is over.</summary>
    public static ServiceError ExpiredToken(string service) => service switch
    {
        "s3" => new("ExpiredToken", 400, "The provided token has expired."),
        _ when IsQuery(service) => new("ExpiredToken", 403, "The security token included in the request is expired"),
        _ => new("ExpiredTokenException", 403, "The security token included in the request is expired"),
    };

    private static bool IsQuery(string service) => service is "sts" or "iam";

    private static ServiceError Invalid(string service, string message) =>
        new(IsQuery(service) || service == "s3" ? "SignatureDoesNotMatch" : "InvalidSignatureException", 403, message);

    private static ServiceError Incomplete(string service, string message) =>
        new(IsQuery(service) ? "IncompleteSignature" : "IncompleteSignatureException", 400, message);
}
