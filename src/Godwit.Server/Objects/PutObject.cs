using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Objects.Checksums;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>PutObject — PUT /{bucket}/{key}. Answered once the bytes and the version are on disk.</summary>
public sealed class PutObject(Database database, ObjectStore objects, IObjectBytes bytes, IRandomSource random) : IOperation<PutObject.Request, PutObject.Response>
{
    public sealed record Request(string Bucket, string Key, Stream Body, long? SizeBytes)
    {
        public IReadOnlyDictionary<string, string> Headers { get; init; } = ObjectDetails.None;

        public IReadOnlyDictionary<string, string> Metadata { get; init; } = ObjectDetails.None;

        public IReadOnlyDictionary<string, string> Tags { get; init; } = ObjectDetails.None;

        public DeclaredChecksums Declared { get; init; } = DeclaredChecksums.None;

        /// <summary>An ETag without quotes, or <c>*</c>.</summary>
        public string? IfMatch { get; init; }

        /// <summary>Only <c>*</c>: nothing may be there yet.</summary>
        public string? IfNoneMatch { get; init; }
    }

    /// <param name="VersionId">Null where the bucket is not versioned.</param>
    public sealed record Response(string ETag, string? VersionId, ObjectVersion Version);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if ((ObjectHeaders.CheckKey(request.Key) ?? ObjectHeaders.CheckMetadata(request.Metadata) ?? ObjectTags.Check(request.Tags)) is { } malformed)
            return malformed;
        // Looked at before the body is taken; what counts is the look inside the change.
        if ((await objects.FindBucket(caller.Account, request.Bucket, ct)).Error is { } noBucket)
            return noBucket;
        var received = await ObjectUpload.Receive(bytes, request.Body, request.SizeBytes, request.Declared, ct);
        if (!received.IsOk)
            return received.Error;
        await using var upload = received.Value;
        var version = new ObjectVersion
        {
            ObjectKey = request.Key,
            SizeBytes = upload.SizeBytes,
            ETag = upload.Md5Hex,
            BytesId = upload.BytesId.Value,
            Headers = ObjectVersion.Write(request.Headers),
            Metadata = ObjectVersion.Write(request.Metadata),
            Checksums = ObjectVersion.Write(upload.Checksums),
            Tags = ObjectVersion.Write(request.Tags),
        };
        return await database.Change(session => Store(session, caller, request, version), ct);
    }

    private Result<Response> Store(WriteSession session, Caller caller, Request request, ObjectVersion version)
    {
        var bucket = ObjectStore.FindBucket(session, caller.Account, request.Bucket);
        if (!bucket.IsOk)
            return bucket.Error;
        var before = ObjectStore.Latest(session, caller.Account, request.Bucket, request.Key);
        if (Unmet(request, before) is { } refusal)
            return refusal;
        var stored = objects.Put(session, bucket.Value, version, ObjectStore.NewVersionId(random));
        session.Record(new Fact(
            caller.Account, caller.Arn, "PutObject", ObjectStore.Subject(stored), before?.VersionId, stored.VersionId, $"sha256 {stored.BytesId}"));
        return new Response(stored.ETag, bucket.Value.Versioning is null ? null : stored.VersionId, stored);
    }

    private static ServiceError? Unmet(Request request, ObjectVersion? before)
    {
        var exists = before is { IsDeleteMarker: false };
        if (request.IfNoneMatch is not null && exists)
            return S3Errors.PreconditionFailed("If-None-Match");
        if (request.IfMatch is null)
            return null;
        if (!exists)
            return S3Errors.NoSuchKey(request.Key);
        return request.IfMatch == "*" || request.IfMatch == before!.ETag ? null : S3Errors.PreconditionFailed("If-Match");
    }
}
