using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Iam;
using Godwit.Server.Objects;

namespace Godwit.Server.Http.S3;

/// <summary>Whether a request to S3 is allowed: by the caller's policies, and by those of the buckets that it names.</summary>
public sealed class S3Access(AccessControl access, BucketPolicies policies)
{
    private const string BucketArn = "arn:aws:s3:::";

    /// <summary>What the account that has a bucket may do with its policy whatever that says, or nobody could ever open it again.</summary>
    private static readonly string[] OfOwners = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

    public ValueTask<BucketDoor?> Find(string? bucket, CancellationToken ct) => string.IsNullOrEmpty(bucket) ? default : policies.Find(bucket, ct);

    public ValueTask<bool> IsOpen(string bucket, CancellationToken ct) => policies.IsOpen(bucket, ct);

    /// <summary>Refuses by action, ARN and what else is known; null where nothing need be asked.</summary>
    /// <param name="key">Null for somebody without a signature.</param>
    /// <param name="doors">The buckets that the request names, by name.</param>
    internal Func<string, string, IReadOnlyList<KeyValuePair<string, string>>, ServiceError?>? Forbids(
        Exchange exchange, AccessKey? key, string region, IReadOnlyDictionary<string, BucketDoor> doors)
    {
        // The service's own URLs were checked when they were made, by the role that they are made for.
        if (key is { IsInner: true } || (key is not null && access.AllowsEverything(key) && doors.Values.All(door => door.Policy is null || (access.IsPermissive && door.Account == key.Account))))
            return null;
        return (action, resource, facts) => Refuse(key, doors.GetValueOrDefault(BucketOf(resource)), action, resource, RequestFacts.Of(exchange, region).Concat(facts));
    }

    private ServiceError? Refuse(AccessKey? key, BucketDoor? door, string action, string resource, IEnumerable<KeyValuePair<string, string>> facts)
    {
        if (door?.Policy is not { } policy || action == "s3:CreateBucket" || (access.IsPermissive && key?.Account == door.Account))
            return key is null ? Anonymous : access.Refuse(key, "s3", action, resource, facts);
        var isOwners = key?.Account == door.Account;
        if (isOwners && key!.IsRoot && OfOwners.Contains(action))
            return null;
        var verdict = access.DecideAt(key, policy, isOwners, door.RestrictsPublic, action, resource, facts);
        return verdict == AccessVerdict.Allowed ? null
            : key is null ? Anonymous
            : AccessErrors.DeniedAtBucket(key.UserArn, action, resource, verdict, isOwners);
    }

    private static ServiceError Anonymous { get; } = new("AccessDenied", 403, "Access Denied");

    private static string BucketOf(string resource)
    {
        if (!resource.StartsWith(BucketArn, StringComparison.Ordinal))
            return "";
        var path = resource[BucketArn.Length..];
        return path.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? path[..slash] : path;
    }
}
