using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects.Multipart;

/// <summary>ListMultipartUploads — GET /{bucket}?uploads: by key and upload id.</summary>
public sealed class ListMultipartUploads(Database database) : IOperation<ListMultipartUploads.Request, ListMultipartUploads.Response>
{
    public const int UploadsMax = 1000;

    public sealed record Request(string Bucket, string Prefix, string KeyMarker, string UploadIdMarker, int Max);

    public sealed record Response(IReadOnlyList<MultipartUpload> Uploads, bool IsTruncated);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(session =>
    {
        if (ObjectStore.FindBucket(session, caller.Account, request.Bucket).Error is { } refusal)
            return refusal;
        var uploads = MultipartStore.List(session, caller, request.Bucket, request.Prefix, request.KeyMarker, request.UploadIdMarker, request.Max + 1)
            .TakeWhile(u => u.ObjectKey.StartsWith(request.Prefix, StringComparison.Ordinal)).ToList();
        return new Response(uploads.Take(request.Max).ToList(), uploads.Count > request.Max);
    }, ct);
}
