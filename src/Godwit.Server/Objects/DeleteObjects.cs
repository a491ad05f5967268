using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>DeleteObjects — POST /{bucket}?delete: up to 1,000 in one change; each has its own answer.</summary>
public sealed class DeleteObjects(Database database, DeleteObject deleteObject) : IOperation<DeleteObjects.Request, IReadOnlyList<DeleteObjects.Deletion>>
{
    public const int KeysMax = 1000;

    public sealed record Request(string Bucket, IReadOnlyList<DeleteObject.Request> Objects);

    public sealed record Deletion(DeleteObject.Request Asked, Result<DeleteObject.Response> Answer);

    public async Task<Result<IReadOnlyList<Deletion>>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.Objects.Count is 0 or > KeysMax)
            return S3Errors.MalformedXml;
        return await database.Change(session => DeleteAll(session, caller, request), ct);
    }

    private Result<IReadOnlyList<Deletion>> DeleteAll(WriteSession session, Caller caller, Request request)
    {
        if (ObjectStore.FindBucket(session, caller.Account, request.Bucket).Error is { } refusal)
            return refusal;
        return request.Objects.Select(asked => new Deletion(asked, deleteObject.Delete(session, caller, asked))).ToList();
    }
}
