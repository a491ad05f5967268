using System.Globalization;

namespace Godwit.Core.Access;

/// <summary>What a request says of its own signature, read and well-formed but not believed yet: see <see cref="SigV4.Verify"/>.</summary>
/// <param name="Timestamp">The signed time as it stands in the string to sign: <c>20150830T123600Z</c>.</param>
/// <param name="ExpiresSeconds">1 to 604800 for a presigned URL, null for a signature in the header.</param>
/// <param name="SecurityToken">A session's token, or null. A service without sessions refuses any token.</param>
/// <param name="DeclaredPayload">
/// <c>x-amz-content-sha256</c> as sent: a hash, <c>UNSIGNED-PAYLOAD</c> or a <c>STREAMING-…</c> mode; null where the body itself is to be hashed.
/// </param>
public sealed record SigV4Claim(
    string AccessKeyId,
    SigV4Scope Scope,
    IReadOnlyList<string> SignedHeaders,
    string Signature,
    DateTimeOffset SignedAt,
    string Timestamp,
    long? ExpiresSeconds,
    string? SecurityToken,
    string? DeclaredPayload)
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>One week. AWS: S3 > Authenticating requests > query parameters.</summary>
    public const long MaxExpiresSeconds = 604800;

    private static readonly string[] AuthParameters =
        ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Content-Sha256"];

    public bool IsPresigned => ExpiresSeconds is not null;

    /// <summary>Does the request carry any sign of a signature, good or bad? Requests without one may be meant for other pages.</summary>
    public static bool IsAttempted(SigV4Request request) =>
        request.Count("authorization") > 0 || HasQueryAuth(QueryOf(request));

    /// <summary>Reads the <c>Authorization</c> header or the query parameters of a presigned URL.</summary>
    public static Result<SigV4Claim> Parse(SigV4Request request)
    {
        var query = QueryOf(request);
        var service = GuessService(request, query);
        if (request.Headers.Any(line => line.Key.Length == 0 || line.Value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0))
            return SigV4Errors.HeaderMalformed(service, "a header holds a line break or NUL; send each header on one line.");
        foreach (var single in (ReadOnlySpan<string>)["authorization", "host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"])
        {
            if (request.Count(single) > 1)
                return SigV4Errors.HeaderMalformed(service, $"header '{single}' is given more than once; send it once.");
        }

        var byQuery = HasQueryAuth(query);
        if (request.Header("authorization") is { } authorization)
            return byQuery ? SigV4Errors.TwoMechanisms(service) : FromHeader(request, authorization, service);
        return byQuery ? FromQuery(request, query, service) : SigV4Errors.Missing(service);
    }

    private static Result<SigV4Claim> FromHeader(SigV4Request request, string authorization, string service)
    {
        var space = authorization.IndexOf(' ');
        var scheme = space < 0 ? authorization : authorization[..space];
        if (scheme != Algorithm)
            return SigV4Errors.Unsupported(service, NameOf(scheme));
        if (Components(authorization[(space + 1)..]) is not var (credential, signedHeaders, signature))
            return SigV4Errors.HeaderMalformed(service, "it must hold Credential, SignedHeaders and Signature, once each, separated by commas.");
        if (SigV4Scope.ParseCredential(credential) is not var (accessKeyId, scope))
            return SigV4Errors.HeaderMalformed(service, "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");

        var dateHeader = request.Header("x-amz-date") is not null ? "x-amz-date" : "date";
        var date = request.Header(dateHeader);
        var signedAt = SigV4Scope.ParseTimestamp(date) ?? (dateHeader == "date" ? ParseHttpDate(date) : null);
        if (signedAt is null)
            return SigV4Errors.HeaderMalformed(service, "the request needs one valid 'X-Amz-Date' (YYYYMMDDTHHMMSSZ) or 'Date' header.");

        var declared = request.Header("x-amz-content-sha256");
        if (declared is null && service == "s3")
            return new ServiceError("InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256");
        var claim = new SigV4Claim(
            accessKeyId, scope, signedHeaders.Split(';'), signature, signedAt.Value, SigV4Scope.Timestamp(signedAt.Value), null,
            request.Header("x-amz-security-token"), declared);
        return claim.Signs(dateHeader) ? claim.Checked(request) : SigV4Errors.NotSigned(service, dateHeader);
    }

    private static Result<SigV4Claim> FromQuery(SigV4Request request, IReadOnlyList<(string Name, string Value)> query, string service)
    {
        foreach (var name in AuthParameters)
        {
            // Two spellings of one parameter let the verifier and the reader behind it see different values (CVE-2022-2385).
            if (query.Count(pair => pair.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) > 1)
                return SigV4Errors.QueryMalformed(service, $"Query parameter {name} is given more than once (names are compared without case); give it once.");
        }

        var algorithm = Find(query, "X-Amz-Algorithm");
        if (algorithm is not null and not Algorithm)
            return SigV4Errors.Unsupported(service, NameOf(algorithm));
        if (algorithm is null && query.Any(pair => pair.Name == "AWSAccessKeyId"))
            return SigV4Errors.Unsupported(service, "AWS (Signature Version 2)");
        if (algorithm is null || Find(query, "X-Amz-Credential") is not { } credential || Find(query, "X-Amz-Signature") is not { } signature
            || Find(query, "X-Amz-Date") is not { } date || Find(query, "X-Amz-SignedHeaders") is not { } signedHeaders
            || (Find(query, "X-Amz-Expires") ?? (service == "s3" ? null : "300")) is not { } expires)
        {
            return SigV4Errors.QueryMalformed(service, "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                + "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
        }

        if (SigV4Scope.ParseCredential(credential) is not var (accessKeyId, scope))
            return SigV4Errors.QueryMalformed(service, "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; "
                + "expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
        if (SigV4Scope.ParseTimestamp(date) is not { } signedAt)
            return SigV4Errors.QueryMalformed(service, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
        if (ExpiresProblem(expires, out var seconds) is { } problem)
            return SigV4Errors.QueryMalformed(service, problem);

        var declared = request.Header("x-amz-content-sha256") ?? Find(query, "X-Amz-Content-Sha256") ?? (service == "s3" ? SigV4Payload.Unsigned : null);
        return new SigV4Claim(
            accessKeyId, scope, signedHeaders.Split(';'), signature, signedAt, date, seconds,
            Find(query, "X-Amz-Security-Token") ?? request.Header("x-amz-security-token"), declared).Checked(request);
    }

    /// <summary>What must be signed is signed: Host and every <c>x-amz-*</c> that is there (CVE-2026-97731 and its kin).</summary>
    private Result<SigV4Claim> Checked(SigV4Request request)
    {
        var service = Scope.Service;
        if (SignedHeaders.Any(name => name.Length == 0 || name.Any(c => c <= ' ' || c >= 127 || c == ':' || char.IsAsciiLetterUpper(c)))
            || SignedHeaders.Distinct().Count() != SignedHeaders.Count)
            return SigV4Errors.HeaderMalformed(service, "SignedHeaders must be distinct lower-case header names separated by semicolons.");
        if (Signature.Length != 64 || !Signature.All(char.IsAsciiHexDigit))
            return SigV4Errors.DoesNotMatch(service);
        if (Scope.Date != Timestamp[..8])
            return SigV4Errors.WrongDay(service, Scope.Date, Timestamp);
        if (!Signs("host") || request.Header("host") is null)
            return SigV4Errors.NotSigned(service, "host");
        foreach (var (name, _) in request.Headers)
        {
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) && !Signs(name))
                return SigV4Errors.NotSigned(service, name.ToLowerInvariant());
        }

        foreach (var name in SignedHeaders)
        {
            if (request.Count(name) == 0)
                return SigV4Errors.DoesNotMatch(service);
        }

        return SigV4Payload.Check(service, DeclaredPayload) is { } wrong ? wrong : this;
    }

    private bool Signs(string header) => SignedHeaders.Any(name => name.Equals(header, StringComparison.OrdinalIgnoreCase));

    private static (string Credential, string SignedHeaders, string Signature)? Components(string text)
    {
        string? credential = null, signedHeaders = null, signature = null;
        foreach (var part in text.Split(','))
        {
            var trimmed = part.Trim(' ');
            var equals = trimmed.IndexOf('=');
            var value = trimmed[(equals + 1)..];
            switch (equals < 0 ? "" : trimmed[..equals])
            {
                case "Credential" when credential is null: credential = value; break;
                case "SignedHeaders" when signedHeaders is null: signedHeaders = value; break;
                case "Signature" when signature is null: signature = value; break;
                default: return null;
            }
        }

        return credential is null || signedHeaders is null || signature is null ? null : (credential, signedHeaders, signature);
    }

    private static string? ExpiresProblem(string text, out long seconds)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seconds))
            return "X-Amz-Expires should be a number";
        if (seconds < 1)
            return "X-Amz-Expires must be at least 1 second";
        return seconds > MaxExpiresSeconds ? "X-Amz-Expires must be less than a week (in seconds) that is 604800" : null;
    }

    private static bool HasQueryAuth(IReadOnlyList<(string Name, string Value)> query) =>
        query.Any(pair => pair.Name.Equals("X-Amz-Algorithm", StringComparison.OrdinalIgnoreCase)
            || pair.Name.Equals("X-Amz-Credential", StringComparison.OrdinalIgnoreCase)
            || pair.Name.Equals("X-Amz-Signature", StringComparison.OrdinalIgnoreCase)
            || pair.Name == "AWSAccessKeyId");

    private static string? Find(IReadOnlyList<(string Name, string Value)> query, string name)
    {
        foreach (var pair in query)
        {
            if (pair.Name == name)
                return pair.Value;
        }

        return null;
    }

    private static List<(string Name, string Value)> QueryOf(SigV4Request request)
    {
        var pairs = new List<(string, string)>();
        foreach (var part in request.RawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            pairs.Add((Uri.UnescapeDataString(equals < 0 ? part : part[..equals]), equals < 0 ? "" : Uri.UnescapeDataString(part[(equals + 1)..])));
        }

        return pairs;
    }

    /// <summary>The service for which a refusal is worded, wherever the request names one at all.</summary>
    private static string GuessService(SigV4Request request, List<(string Name, string Value)> query)
    {
        var credential = Find(query, "X-Amz-Credential") is { } presigned ? presigned
            : request.Header("authorization") is { } header && header.IndexOf("Credential=", StringComparison.Ordinal) is >= 0 and var start
                ? header[(start + "Credential=".Length)..].Split(',', 2)[0]
                : "";
        return SigV4Scope.ParseCredential(credential.TrimEnd(' ')) is var (_, scope) ? scope.Service : "";
    }

    private static string NameOf(string scheme) => scheme switch
    {
        "AWS" => "AWS (Signature Version 2)",
        "AWS4-ECDSA-P256-SHA256" => "AWS4-ECDSA-P256-SHA256 (Signature Version 4a)",
        _ => $"'{(scheme.Length > 40 ? scheme[..40] : scheme)}'",
    };

    private static DateTimeOffset? ParseHttpDate(string? text) =>
        DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
