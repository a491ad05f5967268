using Godwit.Core;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Objects.S3;

/// <summary>Finds the operation that a request means and runs it. What S3 has and this server has not is refused by its name.</summary>
public sealed partial class S3Door(S3Buckets buckets, S3Objects objects, S3Listings listings, S3Multipart multipart, S3BucketSettings settings, S3Tags tags, S3Attributes attributes, ILogger<S3Door> log) : IS3Door
{
    private readonly List<S3Route> _routes =
    [
        new("ListBuckets", "GET", S3Level.Service, null, listings.ListBuckets),

        new("GetBucketLocation", "GET", S3Level.Bucket, "location", buckets.GetBucketLocation),
        new("GetBucketVersioning", "GET", S3Level.Bucket, "versioning", buckets.GetBucketVersioning),
        new("PutBucketVersioning", "PUT", S3Level.Bucket, "versioning", buckets.PutBucketVersioning),
        .. settings.Routes,
        .. tags.Routes,
        new("GetObjectAttributes", "GET", S3Level.Object, "attributes", attributes.GetObjectAttributes),
        new("ListObjectVersions", "GET", S3Level.Bucket, "versions", listings.ListObjectVersions),
        new("ListMultipartUploads", "GET", S3Level.Bucket, "uploads", multipart.ListMultipartUploads),
        new("DeleteObjects", "POST", S3Level.Bucket, "delete", objects.DeleteObjects),
        new("ListObjectsV2", "GET", S3Level.Bucket, "list-type", listings.ListObjectsV2),
        new("ListObjects", "GET", S3Level.Bucket, null, listings.ListObjects),
        new("CreateBucket", "PUT", S3Level.Bucket, null, buckets.CreateBucket),
        new("HeadBucket", "HEAD", S3Level.Bucket, null, buckets.HeadBucket),
        new("DeleteBucket", "DELETE", S3Level.Bucket, null, buckets.DeleteBucket),

        new("CreateMultipartUpload", "POST", S3Level.Object, "uploads", multipart.CreateMultipartUpload),
        new("CompleteMultipartUpload", "POST", S3Level.Object, "uploadId", multipart.CompleteMultipartUpload),
        new("UploadPartCopy", "PUT", S3Level.Object, "uploadId", multipart.UploadPartCopy) { Header = "x-amz-copy-source" },
        new("UploadPart", "PUT", S3Level.Object, "uploadId", multipart.UploadPart),
        new("ListParts", "GET", S3Level.Object, "uploadId", multipart.ListParts),
        new("AbortMultipartUpload", "DELETE", S3Level.Object, "uploadId", multipart.AbortMultipartUpload),
        new("CopyObject", "PUT", S3Level.Object, null, objects.CopyObject) { Header = "x-amz-copy-source" },
        new("PutObject", "PUT", S3Level.Object, null, objects.PutObject),
        new("GetObject", "GET", S3Level.Object, null, objects.GetObject),
        new("HeadObject", "HEAD", S3Level.Object, null, objects.HeadObject),
        new("DeleteObject", "DELETE", S3Level.Object, null, objects.DeleteObject),
    ];

    /// <summary>What is served; <c>docs/compatibility.md</c>'s test reads it.</summary>
    public IReadOnlyList<string> Operations => [.. _routes.Select(r => r.Operation)];

    public async Task<ServiceError?> Handle(S3Request request, S3Response response, CancellationToken ct)
    {
        var level = string.IsNullOrEmpty(request.Bucket) ? S3Level.Service : request.Key.Length == 0 ? S3Level.Bucket : S3Level.Object;
        var route = _routes.Find(r => r.Matches(request, level));
        if (S3Unserved.Find(request, level, route?.Subresource) is { } unserved)
            return S3Errors.NotImplemented(unserved);
        if (route is null)
            return S3Errors.MethodNotAllowed(request.Method, level.ToString().ToUpperInvariant());
        if (S3Rights.Refuse(request, route) is { } forbidden)
            return forbidden;
        try
        {
            return await route.Handler(request, response, ct);
        }
        catch (StorageException failure)
        {
            // Only changes throw it, and they answer after the commit: nothing has been written yet.
            LogStorage(failure, route.Operation);
            return S3Errors.ServiceUnavailable(failure.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Operation} could not be stored")]
    private partial void LogStorage(Exception failure, string operation);
}
