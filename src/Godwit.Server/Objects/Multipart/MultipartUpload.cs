namespace Godwit.Server.Objects.Multipart;

/// <summary>An unfinished upload as it is kept.</summary>
public sealed record MultipartUpload
{
    public string Bucket { get; init; } = "";

    public string ObjectKey { get; init; } = "";

    public string UploadId { get; init; } = "";

    public string Headers { get; init; } = "{}";

    public string Metadata { get; init; } = "{}";

    public string Tags { get; init; } = "{}";

    /// <summary><c>CRC32</c> and its kin, or null.</summary>
    public string? ChecksumAlgorithm { get; init; }

    /// <summary><c>COMPOSITE</c> or <c>FULL_OBJECT</c>; null without an algorithm.</summary>
    public string? ChecksumType { get; init; }

    public long InitiatedAtMs { get; init; }

    public DateTimeOffset Initiated => DateTimeOffset.FromUnixTimeMilliseconds(InitiatedAtMs);
}

/// <summary>One part of an unfinished upload.</summary>
public sealed record UploadedPart
{
    public int PartNumber { get; init; }

    public long SizeBytes { get; init; }

    /// <summary>MD5 of the part in hex.</summary>
    public string ETag { get; init; } = "";

    public string BytesId { get; init; } = "";

    public string Checksums { get; init; } = "{}";

    public long ModifiedAtMs { get; init; }

    public DateTimeOffset LastModified => DateTimeOffset.FromUnixTimeMilliseconds(ModifiedAtMs);

    /// <summary>The checksum of an algorithm in base64, or null.</summary>
    public string? Checksum(string algorithm) => ObjectVersion.Parse(Checksums).GetValueOrDefault(algorithm);
}
