using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>Documents that are set on a bucket, kept and given back: its policy, CORS, tags, public access block and ownership.</summary>
public sealed class BucketSettings(Database database, BucketPolicies policies)
{
    /// <summary>Null where none was ever set; empty where it was deleted.</summary>
    public Task<Result<string?>> Find(Caller caller, string bucket, string name, CancellationToken ct) => database.Read<Result<string?>>(session =>
    {
        var found = ObjectStore.FindBucket(session, caller.Account, bucket);
        return found.IsOk ? Read(session, caller.Account, bucket, name) : found.Error;
    }, ct);

    /// <summary>The document of whoever owns the bucket; for what asks without a signature.</summary>
    public Task<string?> FindOfAny(string bucket, string name, CancellationToken ct) => database.Read(
        session => session.First<string?>(
            "SELECT s.document FROM bucket b JOIN bucket_setting s ON s.account = b.account AND s.bucket = b.bucket WHERE b.bucket = @bucket AND s.name = @name",
            new { bucket, name }),
        ct);

    /// <summary>Sets a document; null removes it, an empty one stands in place of the default.</summary>
    /// <param name="operation">For the journal, for example <c>PutBucketCors</c>.</param>
    public Task<Result<Nothing>> Set(Caller caller, string operation, string bucket, string name, string? document, CancellationToken ct) =>
        database.Change<Nothing>(session =>
        {
            var found = ObjectStore.FindBucket(session, caller.Account, bucket);
            if (!found.IsOk)
                return found.Error;
            var before = Read(session, caller.Account, bucket, name);
            session.Execute("DELETE FROM bucket_setting WHERE account = @Account AND bucket = @bucket AND name = @name", new { caller.Account, bucket, name });
            if (document is not null)
                session.Execute(
                    "INSERT INTO bucket_setting (account, bucket, name, document) VALUES (@Account, @bucket, @name, @document)", new { caller.Account, bucket, name, document });
            session.Record(new Fact(caller.Account, caller.Arn, operation, $"bucket/{bucket}", before, document));
            policies.Refresh(session, bucket);
            return default(Nothing);
        }, ct);

    private static string? Read(ReadSession session, string account, string bucket, string name) => session.First<string?>(
        "SELECT document FROM bucket_setting WHERE account = @account AND bucket = @bucket AND name = @name", new { account, bucket, name });
}
