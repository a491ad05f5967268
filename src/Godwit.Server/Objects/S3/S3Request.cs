using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Objects.S3;

/// <summary>A request to S3, authenticated, with its address already taken apart: path style and virtual-host style look the same.</summary>
public sealed class S3Request
{
    public required Caller Caller { get; init; }

    /// <summary>The account whose bucket a copy comes from; null where it is the caller's.</summary>
    public string? SourceAccount { get; init; }

    /// <summary>
    /// Null if the caller may do an action (<c>s3:GetObject</c>) on an ARN, with what is known of the request besides (<c>s3:prefix</c>);
    /// not given where the caller may do everything.
    /// </summary>
    public Func<string, string, IReadOnlyList<KeyValuePair<string, string>>, ServiceError?>? Forbids { get; init; }

    /// <summary>Also in the answer's <c>x-amz-request-id</c>.</summary>
    public required string RequestId { get; init; }

    public required string Method { get; init; }

    /// <summary>Null where no bucket is named: the list of buckets.</summary>
    public required string? Bucket { get; init; }

    /// <summary>Decoded once and never normalised, so it may hold <c>//</c>, <c>..</c> and any other text; empty where the bucket itself is meant.</summary>
    public required string Key { get; init; }

    /// <summary>The path as it stood on the wire; S3 names it in refusals.</summary>
    public required string RawPath { get; init; }

    /// <summary>Decoded, in order, without the parameters of the signature; a name without a value has an empty one.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Query { get; init; }

    /// <summary>In order of arrival; <c>aws-chunked</c> is no longer part of the content encoding.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>
    /// The content without the framing of chunks. What the signature says of it is checked while it is read, the last of it when the end is read
    /// (a read of 0 bytes): commit nothing before. Reading may throw <see cref="S3BodyException"/>.
    /// </summary>
    public required Stream Body { get; init; }

    /// <summary>Bytes of the content without framing, or null where the request does not say.</summary>
    public required long? ContentBytes { get; init; }

    /// <summary>Headers behind a chunked body (checksums), lower-case names; complete once the body's end has been read.</summary>
    public required IReadOnlyDictionary<string, string> Trailers { get; init; }

    /// <summary>Signed in the URL: whoever holds it is the signer for its time.</summary>
    public required bool IsPresigned { get; init; }

    /// <summary>The value of a query parameter (names are told apart by case), or null where it is absent.</summary>
    public string? Parameter(string name) => First(Query, name, StringComparison.Ordinal);

    /// <summary>The first value of a header, or null where it is absent.</summary>
    public string? Header(string name) => First(Headers, name, StringComparison.OrdinalIgnoreCase);

    private static string? First(IReadOnlyList<KeyValuePair<string, string>> pairs, string name, StringComparison comparison)
    {
        foreach (var (key, value) in pairs)
        {
            if (key.Equals(name, comparison))
                return value;
        }

        return null;
    }
}
