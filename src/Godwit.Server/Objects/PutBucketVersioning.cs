using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>PutBucketVersioning — PUT /{bucket}?versioning. Once on it can only be suspended, and all versions stay.</summary>
public sealed class PutBucketVersioning(Database database) : IOperation<PutBucketVersioning.Request, Nothing>
{
    /// <param name="Status"><see cref="Bucket.Enabled"/> or <see cref="Bucket.Suspended"/>.</param>
    public sealed record Request(string Bucket, string? Status);

    public async Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.Status is null)
            return S3Errors.IllegalVersioningConfiguration;
        if (request.Status is not (Bucket.Enabled or Bucket.Suspended))
            return S3Errors.MalformedXml;
        return await database.Change<Nothing>(session => Set(session, caller, request), ct);
    }

    private static Result<Nothing> Set(WriteSession session, Caller caller, Request request)
    {
        var bucket = ObjectStore.FindBucket(session, caller.Account, request.Bucket);
        if (!bucket.IsOk)
            return bucket.Error;
        session.Execute(
            "UPDATE bucket SET versioning = @Status WHERE account = @Account AND bucket = @Bucket", new { request.Status, caller.Account, request.Bucket });
        session.Record(new Fact(caller.Account, caller.Arn, "PutBucketVersioning", $"bucket/{request.Bucket}", bucket.Value.Versioning, request.Status));
        return default(Nothing);
    }
}
