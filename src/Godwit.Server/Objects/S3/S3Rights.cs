using Godwit.Core;

namespace Godwit.Server.Objects.S3;

/// <summary>The permission that a request to S3 needs. AWS: Service authorization reference > Amazon S3.</summary>
internal static class S3Rights
{
    /// <summary>Operations whose action has another name.</summary>
    private static readonly Dictionary<string, string> Actions = new()
    {
        ["ListBuckets"] = "ListAllMyBuckets", ["HeadBucket"] = "ListBucket", ["ListObjects"] = "ListBucket", ["ListObjectsV2"] = "ListBucket",
        ["ListObjectVersions"] = "ListBucketVersions", ["ListMultipartUploads"] = "ListBucketMultipartUploads", ["HeadObject"] = "GetObject",
        ["CreateMultipartUpload"] = "PutObject", ["UploadPart"] = "PutObject", ["UploadPartCopy"] = "PutObject", ["CompleteMultipartUpload"] = "PutObject",
        ["CopyObject"] = "PutObject", ["ListParts"] = "ListMultipartUploadParts", ["PostObject"] = "PutObject",
        ["GetBucketCors"] = "GetBucketCORS", ["PutBucketCors"] = "PutBucketCORS", ["DeleteBucketCors"] = "PutBucketCORS",
        ["DeleteBucketTagging"] = "PutBucketTagging", ["GetBucketEncryption"] = "GetEncryptionConfiguration",
        ["PutBucketEncryption"] = "PutEncryptionConfiguration", ["DeleteBucketEncryption"] = "PutEncryptionConfiguration",
        ["GetPublicAccessBlock"] = "GetBucketPublicAccessBlock", ["PutPublicAccessBlock"] = "PutBucketPublicAccessBlock",
        ["DeletePublicAccessBlock"] = "PutBucketPublicAccessBlock", ["DeleteBucketOwnershipControls"] = "PutBucketOwnershipControls",
        ["GetBucketLifecycleConfiguration"] = "GetLifecycleConfiguration", ["GetObjectLockConfiguration"] = "GetBucketObjectLockConfiguration",
        ["GetBucketReplication"] = "GetReplicationConfiguration", ["GetBucketAccelerateConfiguration"] = "GetAccelerateConfiguration",
        ["GetBucketNotificationConfiguration"] = "GetBucketNotification",
    };

    /// <summary>Actions that are others on a version by its id.</summary>
    private static readonly HashSet<string> OfVersions =
        ["GetObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging", "GetObjectAttributes"];

    public static string BucketArn(string? bucket) => $"arn:aws:s3:::{bucket ?? "*"}";

    public static string ObjectArn(string bucket, string key) => $"arn:aws:s3:::{bucket}/{key}";

    /// <summary>Null if the caller may. Of a batch of deletions each is asked for by itself.</summary>
    public static ServiceError? Refuse(S3Request request, S3Route route)
    {
        if (request.Forbids is not { } forbids || route.Operation == "DeleteObjects")
            return null;
        var resource = route.Level == S3Level.Object ? ObjectArn(request.Bucket!, request.Key) : BucketArn(request.Bucket);
        if (forbids(Action(route.Operation, request.Parameter("versionId")), resource, Facts(request)) is { } refusal)
            return refusal;
        return route.Operation is "CopyObject" or "UploadPartCopy" && S3Headers.Source(request) is { IsOk: true, Value: var source }
            ? forbids(Action("GetObject", source.VersionId), ObjectArn(source.Bucket, source.Key), [])
            : null;
    }

    public static ServiceError? RefuseDeletion(S3Request request, DeleteObject.Request deletion) =>
        request.Forbids?.Invoke(Action("DeleteObject", deletion.VersionId), ObjectArn(deletion.Bucket, deletion.Key), []);

    private static string Action(string operation, string? versionId)
    {
        var action = Actions.GetValueOrDefault(operation, operation);
        if (versionId is null || !OfVersions.Contains(action))
            return $"s3:{action}";
        return action.EndsWith("Object", StringComparison.Ordinal) ? $"s3:{action}Version" : $"s3:{action.Replace("Object", "ObjectVersion", StringComparison.Ordinal)}";
    }

    private static List<KeyValuePair<string, string>> Facts(S3Request request)
    {
        var facts = new List<KeyValuePair<string, string>>();
        foreach (var (parameter, fact) in (ReadOnlySpan<(string, string)>)[("prefix", "s3:prefix"), ("delimiter", "s3:delimiter"), ("max-keys", "s3:max-keys"), ("versionId", "s3:VersionId")])
        {
            if (request.Parameter(parameter) is { } value)
                facts.Add(new(fact, value));
        }

        return facts;
    }
}
