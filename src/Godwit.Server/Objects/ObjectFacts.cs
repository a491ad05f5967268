using Godwit.Core.Objects;

namespace Godwit.Server.Objects;

/// <summary>What other slices need to know of an object version.</summary>
/// <param name="VersionId"><c>null</c>, as a word, where the bucket is not versioned.</param>
/// <param name="ETag">Without quotes: the MD5 of the bytes in hex, or <c>md5-n</c> for a multipart upload.</param>
/// <param name="BytesId">The name of the bytes, for <see cref="Bytes.IObjectBytes"/>.</param>
public sealed record ObjectFacts(
    string Bucket, string Key, string VersionId, long SizeBytes, string ETag, BytesId BytesId, DateTimeOffset LastModified);
