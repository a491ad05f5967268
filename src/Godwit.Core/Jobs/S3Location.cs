namespace Godwit.Core.Jobs;

/// <summary>An object named by a URL, path style (<c>https://s3.eu-west-1.amazonaws.com/bucket/key</c>) or virtual-hosted (<c>https://bucket.s3.amazonaws.com/key</c>).</summary>
public sealed record S3Location(string Bucket, string Key, string? VersionId)
{
    private const string VersionQuery = "?versionId=";

    /// <summary>
    /// Reads a URL whose key is written as it is; null if it names no object. <c>s3://bucket/key</c> is read too.
    /// AWS: Jobs > presigned URL placeholders.
    /// </summary>
    public static S3Location? Parse(string url)
    {
        var schemeEnd = url.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd < 0)
            return null;
        var scheme = url[..schemeEnd].ToLowerInvariant();
        var rest = url[(schemeEnd + 3)..];
        var slash = rest.IndexOf('/');
        if (slash <= 0 || scheme is not ("https" or "http" or "s3"))
            return null;
        var (host, path) = (rest[..slash], rest[(slash + 1)..]);
        var bucket = scheme == "s3" ? host : BucketOfHost(host);
        if (bucket is null)
        {
            slash = path.IndexOf('/');
            if (slash <= 0)
                return null;
            (bucket, path) = (path[..slash], path[(slash + 1)..]);
        }
        return WithVersion(bucket, path);
    }

    private static S3Location? WithVersion(string bucket, string path)
    {
        string? version = null;
        var query = path.LastIndexOf(VersionQuery, StringComparison.Ordinal);
        if (query >= 0)
            (path, version) = (path[..query], path[(query + VersionQuery.Length)..]);
        return path.Length == 0 ? null : new S3Location(bucket, path, version is { Length: > 0 } ? version : null);
    }

    /// <summary><c>bucket.s3.…</c> and <c>bucket.s3-region.…</c> name the bucket; every other host is a server whose paths begin with it.</summary>
    private static string? BucketOfHost(string host)
    {
        var dot = host.IndexOf(".s3.", StringComparison.OrdinalIgnoreCase);
        var dash = host.IndexOf(".s3-", StringComparison.OrdinalIgnoreCase);
        var end = dot < 0 ? dash : dash < 0 ? dot : Math.Min(dot, dash);
        return end > 0 ? host[..end] : null;
    }
}
