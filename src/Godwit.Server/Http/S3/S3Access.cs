using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Iam;

namespace Godwit.Server.Http.S3;

/// <summary>Whether a request to S3 is allowed: by the caller's policies, and by those of the buckets that it names.</summary>
public sealed class S3Access(AccessControl access, BucketDoors doors)
{
    private const string BucketArn = "arn:aws:s3:::";

    /// <summary>What the account that has a bucket may do with its policy whatever that says, or nobody could ever open it again.</summary>
    private static readonly string[] OfOwners = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

    /// <summary>The bucket's door as this key meets it; null where nothing but the key's own rights counts.</summary>
    /// <param name="key">Null for somebody without a signature.</param>
    public BucketDoor? DoorFor(AccessKey? key, string? bucket) =>
        // The service's own URLs were checked when they were made, by the role that they are made for.
        key is { IsInner: true } || string.IsNullOrEmpty(bucket) || doors.Find(bucket) is not { } door || (access.IsPermissive && key?.Account == door.Account) ? null : door;

    /// <summary>Refuses by action, ARN and what else is known; null where nothing need be asked.</summary>
    /// <param name="buckets">Those that the request names.</param>
    internal Func<string, string, IReadOnlyList<KeyValuePair<string, string>>, ServiceError?>? Forbids(Exchange exchange, AccessKey? key, string region, params ReadOnlySpan<string?> buckets)
    {
        var any = key is null || !access.AllowsEverything(key);
        foreach (var bucket in buckets)
            any |= DoorFor(key, bucket) is not null;
        return any ? (action, resource, facts) => Refuse(key, DoorFor(key, BucketOf(resource)), action, resource, RequestFacts.Of(exchange, region).Concat(facts)) : null;
    }

    private ServiceError? Refuse(AccessKey? key, BucketDoor? door, string action, string resource, IEnumerable<KeyValuePair<string, string>> facts)
    {
        if (door is null || action == "s3:CreateBucket")
            return key is null ? Anonymous : access.Refuse(key, "s3", action, resource, facts);
        var isOwners = key?.Account == door.Account;
        if (isOwners && key!.IsRoot && OfOwners.Contains(action))
            return null;
        var verdict = access.DecideAt(key, door, action, resource, facts);
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
