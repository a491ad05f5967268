using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects.Multipart;

/// <summary>ListParts — GET /{bucket}/{key}?uploadId.</summary>
public sealed class ListParts(Database database) : IOperation<ListParts.Request, ListParts.Response>
{
    public const int PartsMax = 1000;

    public sealed record Request(UploadAddress Upload, int After, int Max);

    public sealed record Response(MultipartUpload Upload, IReadOnlyList<UploadedPart> Parts, bool IsTruncated);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(session =>
    {
        var upload = MultipartStore.Find(session, caller, request.Upload);
        if (!upload.IsOk)
            return upload.Error;
        var parts = MultipartStore.Parts(session, caller, request.Upload.UploadId, request.After, request.Max + 1);
        return new Response(upload.Value, parts.Take(request.Max).ToList(), parts.Count > request.Max);
    }, ct);
}
