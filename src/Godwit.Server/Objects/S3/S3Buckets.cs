using Godwit.Core;

namespace Godwit.Server.Objects.S3;

/// <summary>Bucket operations on the wire.</summary>
public sealed class S3Buckets(CreateBucket createBucket, HeadBucket headBucket, DeleteBucket deleteBucket, PutBucketVersioning putBucketVersioning)
{
    public async Task<ServiceError?> CreateBucket(S3Request request, S3Response response, CancellationToken ct)
    {
        var body = await S3Xml.Read(request, "CreateBucketConfiguration", ct);
        if (!body.IsOk && body.Error != S3Xml.NoBody)
            return body.Error;
        var constraint = body.IsOk ? body.Value.Text("LocationConstraint") : null;
        var created = await createBucket.Handle(request.Caller, new(request.Bucket!, constraint), ct);
        if (!created.IsOk)
            return created.Error;
        response.SetHeader("Location", created.Value.Location);
        response.ContentBytes = 0;
        return null;
    }

    public async Task<ServiceError?> HeadBucket(S3Request request, S3Response response, CancellationToken ct)
    {
        var bucket = await headBucket.Handle(request.Caller, new(request.Bucket!), ct);
        if (!bucket.IsOk)
            return bucket.Error;
        response.SetHeader("x-amz-bucket-region", bucket.Value.Region);
        response.ContentBytes = 0;
        return null;
    }

    public async Task<ServiceError?> DeleteBucket(S3Request request, S3Response response, CancellationToken ct)
    {
        var deleted = await deleteBucket.Handle(request.Caller, new(request.Bucket!), ct);
        if (deleted.IsOk)
            response.Status = 204;
        return deleted.Error;
    }

    public async Task<ServiceError?> GetBucketLocation(S3Request request, S3Response response, CancellationToken ct)
    {
        var bucket = await headBucket.Handle(request.Caller, new(request.Bucket!), ct);
        if (!bucket.IsOk)
            return bucket.Error;
        // AWS: the first region is written as nothing.
        var region = bucket.Value.Region == "us-east-1" ? "" : bucket.Value.Region;
        await S3Xml.Write(response, S3Xml.Document("LocationConstraint", xml => xml.WriteString(region)), ct);
        return null;
    }

    public async Task<ServiceError?> GetBucketVersioning(S3Request request, S3Response response, CancellationToken ct)
    {
        var bucket = await headBucket.Handle(request.Caller, new(request.Bucket!), ct);
        if (!bucket.IsOk)
            return bucket.Error;
        await S3Xml.Write(response, S3Xml.Document("VersioningConfiguration", xml => xml.Element("Status", bucket.Value.Versioning)), ct);
        return null;
    }

    public async Task<ServiceError?> PutBucketVersioning(S3Request request, S3Response response, CancellationToken ct)
    {
        var body = await S3Xml.Read(request, "VersioningConfiguration", ct);
        if (!body.IsOk)
            return body.Error == S3Xml.NoBody ? S3Errors.MalformedXml : body.Error;
        if (body.Value.Text("MfaDelete") == "Enabled")
            return S3Errors.NotImplemented("PutBucketVersioning with MfaDelete");
        var put = await putBucketVersioning.Handle(request.Caller, new(request.Bucket!, body.Value.Text("Status")), ct);
        if (put.IsOk)
            response.ContentBytes = 0;
        return put.Error;
    }
}
