using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>DeleteBucket — DELETE /{bucket}. Versions and delete markers keep it.</summary>
public sealed class DeleteBucket(Database database, BucketPolicies policies) : IOperation<DeleteBucket.Request, Nothing>
{
    public sealed record Request(string Bucket);

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        var bucket = ObjectStore.FindBucket(session, caller.Account, request.Bucket);
        if (!bucket.IsOk)
            return bucket.Error;
        var at = new { account = caller.Account, bucket = request.Bucket };
        if (session.First<long?>("SELECT 1 FROM object_version WHERE account = @account AND bucket = @bucket LIMIT 1", at) is not null)
            return S3Errors.BucketNotEmpty(request.Bucket);
        // AWS: a bucket goes although parts of unfinished uploads lie in it.
        session.Execute(
            "DELETE FROM upload_part WHERE account = @account AND upload_id IN (SELECT upload_id FROM multipart_upload WHERE account = @account AND bucket = @bucket)", at);
        session.Execute("DELETE FROM multipart_upload WHERE account = @account AND bucket = @bucket", at);
        session.Execute("DELETE FROM bucket_setting WHERE account = @account AND bucket = @bucket", at);
        session.Execute("DELETE FROM bucket WHERE account = @account AND bucket = @bucket", at);
        session.Record(new Fact(caller.Account, caller.Arn, "DeleteBucket", $"bucket/{request.Bucket}", bucket.Value.Region, null));
        policies.Refresh(session, request.Bucket);
        return default(Nothing);
    }, ct);
}
