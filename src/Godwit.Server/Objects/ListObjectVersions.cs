using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>ListObjectVersions — GET /{bucket}?versions: every version and delete marker by key, the newest of a key first.</summary>
public sealed class ListObjectVersions(Database database) : IOperation<ListObjectVersions.Request, ObjectListing.Listing>
{
    /// <param name="VersionIdMarker">The last version listed of <paramref name="KeyMarker"/>; null where all of that key are listed.</param>
    public sealed record Request(string Bucket, string Prefix, string? Delimiter, string KeyMarker, string? VersionIdMarker, int KeysMax);

    public Task<Result<ObjectListing.Listing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read(session => List(session, caller, request), ct);

    private static Result<ObjectListing.Listing> List(ReadSession session, Caller caller, Request request)
    {
        if (ObjectStore.FindBucket(session, caller.Account, request.Bucket).Error is { } refusal)
            return refusal;
        if (Seq(session, caller, request) is not { } afterSeq)
            return S3Errors.InvalidArgument("Invalid version id specified", "version-id-marker", request.VersionIdMarker!);
        return ObjectListing.Versions(
            session, new(caller.Account, request.Bucket, request.Prefix, request.Delimiter, request.KeyMarker, afterSeq, request.KeysMax));
    }

    /// <summary>The marker that <see cref="Request.VersionIdMarker"/> takes: the id with its place in the order, for scripts delete what they list and then go on.</summary>
    public static string Marker(ObjectVersion version) => $"{version.VersionId}.{version.Seq.ToString(CultureInfo.InvariantCulture)}";

    private static long? Seq(ReadSession session, Caller caller, Request request)
    {
        if (request.VersionIdMarker is not { Length: > 0 } marker)
            return 0;
        if (marker.IndexOf('.') is > 0 and var dot && long.TryParse(marker.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
            return seq;
        return ObjectStore.Version(session, caller.Account, request.Bucket, request.KeyMarker, marker)?.Seq;
    }
}
