using Godwit.Core;

namespace Godwit.Server.Objects;

/// <summary>The way of other slices to objects: what an object is, and by <see cref="Bytes.IObjectBytes"/> its bytes.</summary>
public sealed class ObjectReader(ObjectStore objects)
{
    /// <summary>
    /// A version by its id, or the latest where none is given. Refusals are S3's: <c>NoSuchBucket</c>, <c>NoSuchKey</c> (also behind a delete marker),
    /// <c>NoSuchVersion</c>, <c>MethodNotAllowed</c> (the version asked for is a delete marker), <c>AccessDenied</c> (another account's bucket).
    /// </summary>
    public async Task<Result<ObjectFacts>> Find(string account, string bucket, string key, string? versionId, CancellationToken ct)
    {
        var found = await objects.Find(account, bucket, key, versionId, ct);
        return found.Then<ObjectFacts>(version =>
        {
            if (!version.IsDeleteMarker)
                return version.Facts;
            return versionId is null ? S3Errors.NoSuchKey(key) : S3Errors.MethodNotAllowed("GET", "DeleteMarker");
        });
    }
}
