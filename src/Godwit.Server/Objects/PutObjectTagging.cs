using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>PutObjectTagging and DeleteObjectTagging — PUT, DELETE /{bucket}/{key}?tagging: the tags of a version, all at once.</summary>
public sealed class PutObjectTagging(Database database, ObjectStore objects) : IOperation<PutObjectTagging.Request, ObjectVersion>
{
    public sealed record Request(string Bucket, string Key, string? VersionId, IReadOnlyDictionary<string, string> Tags);

    public async Task<Result<ObjectVersion>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if ((ObjectHeaders.CheckKey(request.Key) ?? ObjectTags.Check(request.Tags)) is { } malformed)
            return malformed;
        return await database.Change(session => Set(session, caller, request), ct);
    }

    private Result<ObjectVersion> Set(WriteSession session, Caller caller, Request request)
    {
        var bucket = ObjectStore.FindBucket(session, caller.Account, request.Bucket);
        if (!bucket.IsOk)
            return bucket.Error;
        var version = request.VersionId is { } id
            ? ObjectStore.Version(session, caller.Account, request.Bucket, request.Key, id)
            : ObjectStore.Latest(session, caller.Account, request.Bucket, request.Key);
        if (version is null)
            return request.VersionId is { } unknown ? S3Errors.NoSuchVersion(request.Key, unknown) : S3Errors.NoSuchKey(request.Key);
        if (version.IsDeleteMarker)
            return request.VersionId is null ? S3Errors.NoSuchKey(request.Key) : S3Errors.MethodNotAllowed("PUT", "DeleteMarker");
        var tags = ObjectVersion.Write(request.Tags);
        objects.PutTags(session, bucket.Value, version, tags);
        session.Record(new Fact(caller.Account, caller.Arn, "PutObjectTagging", ObjectStore.Subject(version), version.Tags, tags, $"version {version.VersionId}"));
        return version with { Tags = tags };
    }
}
