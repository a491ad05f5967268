using System.Globalization;
using System.Text;
using Godwit.Core;
using Godwit.Core.Objects;
using Godwit.Server.Objects.Checksums;

namespace Godwit.Server.Objects.S3;

/// <summary>What S3's headers say, read and written.</summary>
internal static class S3Headers
{
    private const string MetadataPrefix = "x-amz-meta-";
    private const string CopySource = "x-amz-copy-source";

    /// <summary>The headers and metadata that are kept with an object.</summary>
    public static ObjectDetails Details(S3Request request)
    {
        var (headers, metadata) = (new Dictionary<string, string>(), new Dictionary<string, string>());
        foreach (var name in ObjectHeaders.Kept)
        {
            if (request.Header(name) is { Length: > 0 } value)
                headers[name] = value;
        }
        foreach (var (name, value) in request.Headers)
        {
            if (!name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
                continue;
            var key = name[MetadataPrefix.Length..].ToLowerInvariant();
            metadata[key] = metadata.TryGetValue(key, out var before) ? $"{before},{value}" : value;
        }
        return new ObjectDetails(headers, metadata, ObjectDetails.None);
    }

    public static Result<DeclaredChecksums> Declared(S3Request request)
    {
        var md5 = request.Header("Content-MD5");
        var given = ChecksumAlgorithms.All.Where(a => request.Header(a.Header()) is not null).ToList();
        var trailing = ChecksumAlgorithms.All.Where(a => Trails(request, a.Header())).ToList();
        if (given.Count + trailing.Count > 1)
            return S3Errors.InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
        if (given is [var algorithm])
            return new DeclaredChecksums(md5, algorithm, request.Header(algorithm.Header()), null);
        if (trailing is [var later])
            return new DeclaredChecksums(md5, later, null, () => request.Trailers.GetValueOrDefault(later.Header()));
        return new DeclaredChecksums(md5, ChecksumAlgorithms.Parse(request.Header("x-amz-sdk-checksum-algorithm")), null, null);
    }

    /// <param name="prefix">Empty, or <c>x-amz-copy-source-</c>.</param>
    public static Preconditions Conditions(S3Request request, string prefix = "") => new(
        request.Header(prefix + "If-Match"), request.Header(prefix + "If-None-Match"),
        Date(request.Header(prefix + "If-Modified-Since")), Date(request.Header(prefix + "If-Unmodified-Since")));

    /// <summary><c>x-amz-copy-source</c>: <c>/bucket/key?versionId=id</c>, percent-encoded but for the question mark.</summary>
    public static Result<ObjectAddress> Source(S3Request request)
    {
        var text = request.Header(CopySource)!;
        string? versionId = null;
        const string versionParameter = "?versionId=";
        if (text.IndexOf(versionParameter, StringComparison.Ordinal) is >= 0 and var at)
            (text, versionId) = (text[..at], Uri.UnescapeDataString(text[(at + versionParameter.Length)..]));
        var path = Uri.UnescapeDataString(text).TrimStart('/');
        var slash = path.IndexOf('/');
        return slash > 0 && slash < path.Length - 1
            ? new ObjectAddress(request.SourceAccount ?? request.Caller.Account, path[..slash], path[(slash + 1)..], versionId)
            : S3Errors.InvalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", CopySource, request.Header(CopySource)!);
    }

    public static ChecksumAlgorithm? AskedChecksum(S3Request request) => ChecksumAlgorithms.Parse(request.Header("x-amz-checksum-algorithm"));

    public static string? BareETag(string? etag) => etag?.Trim('"');

    public static string Quoted(string etag) => $"\"{etag}\"";

    public static string HttpDate(DateTimeOffset time) => time.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>As XML has it: <c>2026-03-04T05:06:07.000Z</c>.</summary>
    public static string XmlDate(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static void SetVersion(S3Response response, string? versionId)
    {
        if (versionId is not null)
            response.SetHeader("x-amz-version-id", versionId);
    }

    public static void SetChecksums(S3Response response, IReadOnlyDictionary<string, string> checksums)
    {
        foreach (var algorithm in ChecksumAlgorithms.All)
        {
            if (checksums.TryGetValue(algorithm.Name(), out var value))
                response.SetHeader(algorithm.Header(), value);
        }
        if (checksums.TryGetValue(ObjectDetails.ChecksumType, out var type))
            response.SetHeader("x-amz-checksum-type", type);
    }

    public static void SetMetadata(S3Response response, IReadOnlyDictionary<string, string> metadata)
    {
        foreach (var (name, value) in metadata)
            response.SetHeader(MetadataPrefix + name, IsPrintable(value) ? value : Encoded(value));
    }

    private static bool Trails(S3Request request, string header) =>
        request.Header("x-amz-trailer")?.Split(',', StringSplitOptions.TrimEntries).Contains(header, StringComparer.OrdinalIgnoreCase) == true;

    private static DateTimeOffset? Date(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date) ? date : null;

    private static bool IsPrintable(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>RFC 2047, as S3 gives back metadata that HTTP cannot carry.</summary>
    private static string Encoded(string value) => $"=?UTF-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}?=";
}
