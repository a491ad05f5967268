using System.Text.Json;
using Godwit.Core.Objects;

namespace Godwit.Server.Objects;

/// <summary>One version of an object, or a delete marker, as it is kept. It never changes, apart from no longer being the latest.</summary>
public sealed record ObjectVersion
{
    /// <summary>The id of the version written while versioning is off.</summary>
    public const string NullId = "null";

    public long Seq { get; init; }

    public string Bucket { get; init; } = "";

    public string ObjectKey { get; init; } = "";

    public string VersionId { get; init; } = NullId;

    public bool IsLatest { get; init; }

    public bool IsDeleteMarker { get; init; }

    public long SizeBytes { get; init; }

    /// <summary>Without quotes.</summary>
    public string ETag { get; init; } = "";

    public string? BytesId { get; init; }

    /// <summary>JSON of <see cref="Details"/>.</summary>
    public string Headers { get; init; } = "{}";

    public string Metadata { get; init; } = "{}";

    public string Checksums { get; init; } = "{}";

    /// <summary>JSON: the tags. They alone change after the version was made.</summary>
    public string Tags { get; init; } = "{}";

    /// <summary>JSON of <see cref="ObjectPart"/>s where the object was uploaded in parts, or null.</summary>
    public string? Parts { get; init; }

    public long ModifiedAtMs { get; init; }

    public IReadOnlyList<ObjectPart> PartList => Parts is null ? [] : JsonSerializer.Deserialize<List<ObjectPart>>(Parts)!;

    public DateTimeOffset LastModified => DateTimeOffset.FromUnixTimeMilliseconds(ModifiedAtMs);

    public BytesId Bytes => new(BytesId ?? throw new InvalidOperationException($"{ObjectKey} version {VersionId} is a delete marker and has no bytes."));

    public ObjectDetails Details => _details ??= new ObjectDetails(Parse(Headers), Parse(Metadata), Parse(Checksums));

    private ObjectDetails? _details;

    public ObjectFacts Facts => new(Bucket, ObjectKey, VersionId, SizeBytes, ETag, Bytes, LastModified);

    internal static IReadOnlyDictionary<string, string> Parse(string json) =>
        json == "{}" ? ObjectDetails.None : JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;

    internal static string Write(IReadOnlyDictionary<string, string> members) => JsonSerializer.Serialize(members);
}

/// <summary>One part of an object that was uploaded in parts: its number, its size, and its checksum where the upload had an algorithm.</summary>
public sealed record ObjectPart(int Number, long SizeBytes, string? Checksum);

/// <summary>What an uploader said about an object.</summary>
/// <param name="Headers"><c>Content-Type</c>, <c>Cache-Control</c>, <c>Content-Disposition</c>, <c>Content-Encoding</c>, <c>Content-Language</c>, <c>Expires</c>.</param>
/// <param name="Metadata"><c>x-amz-meta-*</c> without the prefix, names in lower case.</param>
/// <param name="Checksums">Algorithm (<c>CRC32</c>, …) to base64; <see cref="ChecksumType"/> under its own name.</param>
public sealed record ObjectDetails(
    IReadOnlyDictionary<string, string> Headers, IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, string> Checksums)
{
    /// <summary>The entry of <see cref="Checksums"/> that says <c>FULL_OBJECT</c> or <c>COMPOSITE</c>.</summary>
    public const string ChecksumType = "Type";

    public static IReadOnlyDictionary<string, string> None { get; } = new Dictionary<string, string>();

    /// <summary><c>x-amz-tagging</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = None;

    public static ObjectDetails Empty { get; } = new(None, None, None);
}
