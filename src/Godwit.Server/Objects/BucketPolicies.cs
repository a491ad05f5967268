using System.Collections.Concurrent;
using System.Xml.Linq;
using Godwit.Core.Access;
using Godwit.Server.Iam;
using Godwit.Server.Objects.S3;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>All bucket policies in memory, read: each request to S3 asks. Each change puts its bucket here once it is committed, so the next request already meets it.</summary>
public sealed class BucketPolicies(Database database)
{
    private readonly ConcurrentDictionary<string, BucketDoor> _all = new(StringComparer.Ordinal);

    public async Task Load(CancellationToken ct)
    {
        var doors = await database.Read(
            session => session.Query<string>("SELECT bucket FROM bucket_setting WHERE name = 'policy'").ConvertAll(bucket => (Bucket: bucket, Door: Read(session, bucket))), ct);
        foreach (var (bucket, door) in doors)
            Put(bucket, door);
    }

    /// <summary>Null for a bucket without a policy, and where there is none of that name.</summary>
    public BucketDoor? Find(string bucket) => _all.GetValueOrDefault(bucket);

    /// <summary>Takes over a bucket as it stands in the change's session, after the commit.</summary>
    internal void Refresh(WriteSession session, string bucket)
    {
        var door = Read(session, bucket);
        session.AfterCommit(() => Put(bucket, door));
    }

    private void Put(string bucket, BucketDoor? door)
    {
        if (door is null)
            _all.TryRemove(bucket, out _);
        else
            _all[bucket] = door;
    }

    private static BucketDoor? Read(ReadSession session, string bucket)
    {
        var settings = session.Query<Setting>(
            "SELECT account, name, document FROM bucket_setting WHERE bucket = @bucket AND name IN ('policy', 'publicAccessBlock')", new { bucket }).ToDictionary(setting => setting.Name);
        return settings.TryGetValue(S3BucketSettings.Policy, out var policy) && IdentityPolicy.ParseBucket(policy.Document) is { IsOk: true, Value: var read }
            ? new BucketDoor(policy.Account, read, IsRestricted(settings.GetValueOrDefault(S3BucketSettings.PublicAccess)?.Document))
            : null;
    }

    /// <summary>AWS: a bucket of today restricts public policies until somebody says otherwise.</summary>
    private static bool IsRestricted(string? block) =>
        block is null || (block.Length > 0 && XElement.Parse(block).Element("RestrictPublicBuckets")?.Value.Trim().Equals("true", StringComparison.OrdinalIgnoreCase) == true);

    private sealed record Setting
    {
        public string Account { get; init; } = "";

        public string Name { get; init; } = "";

        public string Document { get; init; } = "";
    }
}
