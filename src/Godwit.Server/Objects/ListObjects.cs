using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>ListObjects and ListObjectsV2 — GET /{bucket}: the latest versions by key.</summary>
public sealed class ListObjects(Database database) : IOperation<ListObjects.Request, ObjectListing.Listing>
{
    /// <param name="After">The marker, start-after or what a continuation token holds; empty to begin.</param>
    public sealed record Request(string Bucket, string Prefix, string? Delimiter, string After, int KeysMax);

    public Task<Result<ObjectListing.Listing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read<Result<ObjectListing.Listing>>(session =>
        {
            if (ObjectStore.FindBucket(session, caller.Account, request.Bucket).Error is { } refusal)
                return refusal;
            return ObjectListing.Latest(session, new(caller.Account, request.Bucket, request.Prefix, request.Delimiter, request.After, 0, request.KeysMax));
        }, ct);
}
