using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>DeleteObject — DELETE /{bucket}/{key}. Without a version id a versioned bucket gets a delete marker; what is not there is deleted already.</summary>
public sealed class DeleteObject(Database database, ObjectStore objects, IRandomSource random) : IOperation<DeleteObject.Request, DeleteObject.Response>
{
    public sealed record Request(string Bucket, string Key, string? VersionId);

    /// <param name="VersionId">The version removed or the marker made; null where the bucket is not versioned.</param>
    /// <param name="IsDeleteMarker">Whether that version is a delete marker.</param>
    public sealed record Response(string? VersionId, bool IsDeleteMarker);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Delete(session, caller, request), ct);

    /// <summary>Inside a change of several deletions.</summary>
    public Result<Response> Delete(WriteSession session, Caller caller, Request request)
    {
        if (ObjectHeaders.CheckKey(request.Key) is { } malformed)
            return malformed;
        var bucket = ObjectStore.FindBucket(session, caller.Account, request.Bucket);
        if (!bucket.IsOk)
            return bucket.Error;
        if (request.VersionId is not null)
            return Remove(session, caller, bucket.Value, request.Key, request.VersionId);
        return bucket.Value.Versioning is null
            ? Remove(session, caller, bucket.Value, request.Key, ObjectVersion.NullId).Map(_ => new Response(null, false))
            : Mark(session, caller, bucket.Value, request.Key);
    }

    private Result<Response> Remove(WriteSession session, Caller caller, Bucket bucket, string key, string versionId)
    {
        var version = ObjectStore.Version(session, caller.Account, bucket.Name, key, versionId);
        if (version is null)
            return new Response(versionId, false);
        objects.Remove(session, bucket, version);
        session.Record(new Fact(caller.Account, caller.Arn, "DeleteObject", ObjectStore.Subject(version), version.VersionId, null));
        return new Response(versionId, version.IsDeleteMarker);
    }

    private Response Mark(WriteSession session, Caller caller, Bucket bucket, string key)
    {
        var before = ObjectStore.Latest(session, caller.Account, bucket.Name, key);
        var marker = objects.Put(session, bucket, new ObjectVersion { ObjectKey = key, IsDeleteMarker = true }, ObjectStore.NewVersionId(random));
        session.Record(new Fact(caller.Account, caller.Arn, "DeleteObject", ObjectStore.Subject(marker), before?.VersionId, marker.VersionId, "delete marker"));
        return new Response(marker.VersionId, true);
    }
}
