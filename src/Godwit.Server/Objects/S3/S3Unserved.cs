namespace Godwit.Server.Objects.S3;

/// <summary>Operations of S3 that exist but are not served: a request for one must never be taken for a plainer one on the same address.</summary>
internal static class S3Unserved
{
    private static readonly Dictionary<string, string> OfBucket = new()
    {
        ["accelerate"] = "BucketAccelerateConfiguration", ["acl"] = "BucketAcl", ["analytics"] = "BucketAnalyticsConfiguration", ["cors"] = "BucketCors",
        ["encryption"] = "BucketEncryption", ["intelligent-tiering"] = "BucketIntelligentTieringConfiguration", ["inventory"] = "BucketInventoryConfiguration",
        ["lifecycle"] = "BucketLifecycleConfiguration", ["logging"] = "BucketLogging", ["metrics"] = "BucketMetricsConfiguration",
        ["notification"] = "BucketNotificationConfiguration", ["object-lock"] = "ObjectLockConfiguration", ["ownershipControls"] = "BucketOwnershipControls",
        ["policy"] = "BucketPolicy", ["policyStatus"] = "BucketPolicyStatus", ["publicAccessBlock"] = "PublicAccessBlock",
        ["replication"] = "BucketReplication", ["requestPayment"] = "BucketRequestPayment", ["tagging"] = "BucketTagging", ["website"] = "BucketWebsite",
        ["session"] = "Session",
    };

    private static readonly Dictionary<string, string> OfObject = new()
    {
        ["acl"] = "ObjectAcl", ["attributes"] = "ObjectAttributes", ["legal-hold"] = "ObjectLegalHold", ["renameObject"] = "RenamedObject",
        ["restore"] = "RestoredObject", ["retention"] = "ObjectRetention", ["select"] = "SelectedObjectContent", ["tagging"] = "ObjectTagging",
        ["torrent"] = "ObjectTorrent",
    };

    /// <summary>Headers that would change what a request means; leaving them unheeded would be a lie.</summary>
    private static readonly string[] Headers =
    [
        "x-amz-server-side-encryption-customer-algorithm", "x-amz-object-lock-mode", "x-amz-object-lock-legal-hold",
        "x-amz-object-lock-retain-until-date", "x-amz-write-offset-bytes", "x-amz-website-redirect-location",
    ];

    /// <summary>The name of what is asked for, or null where it may be served.</summary>
    /// <param name="served">The subresource of the operation that was found, which is served.</param>
    public static string? Find(S3Request request, S3Level level, string? served)
    {
        foreach (var (name, _) in request.Query)
        {
            if (name == served)
                continue;
            if (level == S3Level.Bucket && OfBucket.TryGetValue(name, out var noun) || level == S3Level.Object && OfObject.TryGetValue(name, out noun))
                return Verb(request.Method) + noun;
        }
        if (level == S3Level.Bucket && request.Method == "POST" && request.Parameter("delete") is null)
            return "POST Object with a signature of its own (a form carries it in its fields)";
        return request.Method is "PUT" or "POST" ? Array.Find(Headers, h => request.Header(h) is not null) is { } header ? $"The header {header}" : null : null;
    }

    private static string Verb(string method) => method switch { "GET" => "Get", "HEAD" => "Head", "DELETE" => "Delete", _ => "Put" };
}
