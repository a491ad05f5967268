using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects.Multipart;

/// <summary>AbortMultipartUpload — DELETE /{bucket}/{key}?uploadId.</summary>
public sealed class AbortMultipartUpload(Database database) : IOperation<AbortMultipartUpload.Request, Nothing>
{
    public sealed record Request(UploadAddress Upload);

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        var upload = MultipartStore.Find(session, caller, request.Upload);
        if (!upload.IsOk)
            return upload.Error;
        MultipartStore.Remove(session, caller, request.Upload);
        session.Record(new Fact(
            caller.Account, caller.Arn, "AbortMultipartUpload", $"object/{request.Upload.Bucket}/{request.Upload.Key}", null, null, $"upload {request.Upload.UploadId}"));
        return default(Nothing);
    }, ct);
}
