using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Objects;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Objects.Checksums;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>CopyObject — PUT /{bucket}/{key} with x-amz-copy-source. The bytes are shared, not copied.</summary>
public sealed class CopyObject(Database database, ObjectStore objects, IObjectBytes bytes, IRandomSource random) : IOperation<CopyObject.Request, CopyObject.Response>
{
    public sealed record Request(ObjectAddress Source, Preconditions Conditions, string Bucket, string Key)
    {
        /// <summary>Null copies the source's own headers and metadata (directive <c>COPY</c>).</summary>
        public ObjectDetails? Replacement { get; init; }

        /// <summary>Null copies the source's own tags (directive <c>COPY</c>).</summary>
        public IReadOnlyDictionary<string, string>? ReplacementTags { get; init; }

        /// <summary>A checksum to have; the source's own is kept otherwise.</summary>
        public ChecksumAlgorithm? Checksum { get; init; }
    }

    /// <param name="VersionId">Null where the bucket is not versioned.</param>
    /// <param name="SourceVersionId">Null where the source's bucket is not versioned.</param>
    public sealed record Response(ObjectVersion Version, string? VersionId, string? SourceVersionId);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if ((ObjectHeaders.CheckKey(request.Key) ?? ObjectHeaders.CheckKey(request.Source.Key)) is { } malformed)
            return malformed;
        if (request.Replacement is { } replaced && ObjectHeaders.CheckMetadata(replaced.Metadata) is { } tooLarge)
            return tooLarge;
        if (request.ReplacementTags is { } tags && ObjectTags.Check(tags) is { } badTags)
            return badTags;
        var source = await FindSource(objects, caller, request.Source, request.Conditions, ct);
        if (!source.IsOk)
            return source.Error;
        if (source.Value.SizeBytes > ObjectUpload.BytesMax)
            return S3Errors.InvalidRequest("The specified copy source is larger than the maximum allowable size for a copy source: 5368709120");
        var onItself = request.Source with { VersionId = null } == new ObjectAddress(caller.Account, request.Bucket, request.Key, null);
        if (onItself && request.Source.VersionId is null && request.Replacement is null && request.ReplacementTags is null)
            return S3Errors.CopyOnItself;
        var copy = await Describe(source.Value, request, ct);
        return await database.Change(session => Store(session, caller, request, source.Value, copy), ct);
    }

    /// <summary>A copy's source under its conditions, none of which may fail.</summary>
    public static async Task<Result<ObjectVersion>> FindSource(
        ObjectStore objects, Caller caller, ObjectAddress source, Preconditions conditions, CancellationToken ct)
    {
        var found = await objects.Find(source.Account, source.Bucket, source.Key, source.VersionId, ct);
        return found.Then<ObjectVersion>(version =>
        {
            if (version.IsDeleteMarker)
                return source.VersionId is null ? S3Errors.NoSuchKey(source.Key) : S3Errors.InvalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.");
            return conditions.Check(version.ETag, version.LastModified) == ConditionVerdict.Met
                ? version
                : S3Errors.PreconditionFailed("x-amz-copy-source-if-*");
        });
    }

    /// <summary>AWS: a copy is one piece, so its ETag is the MD5 of its bytes even where the source came in parts.</summary>
    private async Task<ObjectVersion> Describe(ObjectVersion source, Request request, CancellationToken ct)
    {
        var details = request.Replacement ?? source.Details;
        var checksums = source.Details.Checksums;
        var wanted = request.Checksum is { } asked && !checksums.ContainsKey(asked.Name()) ? request.Checksum : null;
        var etag = source.ETag;
        if (etag.Contains('-') || wanted is not null)
        {
            await using var stream = await bytes.OpenRead(source.Bytes, new ByteRange(0, source.SizeBytes), ct);
            (etag, var computed) = await ObjectDigests.Of(stream, wanted, ct);
            checksums = wanted is { } algorithm ? ObjectDigests.FullObject(algorithm, computed!) : ObjectDetails.None;
        }
        return new ObjectVersion
        {
            ObjectKey = request.Key,
            SizeBytes = source.SizeBytes,
            ETag = etag,
            BytesId = source.BytesId,
            Headers = ObjectVersion.Write(details.Headers),
            Metadata = ObjectVersion.Write(details.Metadata),
            Checksums = ObjectVersion.Write(checksums),
            Tags = request.ReplacementTags is { } tags ? ObjectVersion.Write(tags) : source.Tags,
        };
    }

    private Result<Response> Store(WriteSession session, Caller caller, Request request, ObjectVersion source, ObjectVersion copy)
    {
        var bucket = ObjectStore.FindBucket(session, caller.Account, request.Bucket);
        if (!bucket.IsOk)
            return bucket.Error;
        // Only what still refers to the bytes keeps them from being collected.
        if (!ObjectStore.IsReferenced(session, source.BytesId!))
            return S3Errors.NoSuchKey(request.Source.Key);
        var before = ObjectStore.Latest(session, caller.Account, request.Bucket, request.Key);
        var stored = objects.Put(session, bucket.Value, copy, ObjectStore.NewVersionId(random));
        session.Record(new Fact(
            caller.Account, caller.Arn, "CopyObject", ObjectStore.Subject(stored), before?.VersionId, stored.VersionId,
            $"from {source.Bucket}/{source.ObjectKey} version {source.VersionId}"));
        return new Response(
            stored, bucket.Value.Versioning is null ? null : stored.VersionId, source.VersionId == ObjectVersion.NullId ? null : source.VersionId);
    }
}
