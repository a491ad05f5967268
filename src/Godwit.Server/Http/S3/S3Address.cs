namespace Godwit.Server.Http.S3;

/// <summary>Bucket and key of a request, from the path alone or with the bucket in the host's name.</summary>
internal readonly record struct S3Address(string? Bucket, string Key)
{
    /// <summary>Null if the path cannot be decoded.</summary>
    /// <param name="host">The Host header.</param>
    /// <param name="baseHosts">Names of this server: what stands before one of them is a bucket.</param>
    public static S3Address? Parse(string rawPath, string host, IEnumerable<string> baseHosts)
    {
        var path = rawPath[1..];
        if (BucketOfHost(host, baseHosts) is { } bucketOfHost)
            return PercentText.Decode(path) is { } wholeKey ? new S3Address(bucketOfHost, wholeKey) : null;
        if (path.Length == 0)
            return new S3Address(null, "");
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var bucket = PercentText.Decode(slash < 0 ? path : path[..slash]);
        var key = slash < 0 ? "" : PercentText.Decode(path[(slash + 1)..]);
        return bucket is null || key is null ? null : new S3Address(bucket, key);
    }

    private static string? BucketOfHost(string host, IEnumerable<string> baseHosts)
    {
        var name = host.LastIndexOf(':') is > 0 and var colon && !host.EndsWith(']') ? host[..colon] : host;
        // my.bucket.s3.localhost, bucket.s3.us-east-1.amazonaws.com; s3.localhost itself is path style.
        if (name.IndexOf(".s3.", StringComparison.OrdinalIgnoreCase) is > 0 and var s3)
            return name[..s3];
        foreach (var known in baseHosts)
        {
            if (!name.EndsWith($".{known}", StringComparison.OrdinalIgnoreCase))
                continue;
            var bucket = name[..^(known.Length + 1)];
            return bucket.Equals("s3", StringComparison.OrdinalIgnoreCase) ? null : bucket;
        }

        return null;
    }
}
