using Godwit.Server.Objects.Bytes;
using Godwit.Server.Objects.Multipart;
using Godwit.Server.Objects.S3;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Objects;

/// <summary>The part of S3 that an OTA update rests on: buckets, versions, bytes.</summary>
public static class ObjectsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<IObjectBytes>(s => new FileObjectBytes(
            Path.Combine(Path.GetFullPath(s.GetRequiredService<ServerOptions>().DataDirectory), "objects"), s.GetRequiredService<ILogger<FileObjectBytes>>()));
        services.AddSingleton<ObjectCache>();
        services.AddSingleton<ObjectStore>();
        services.AddSingleton<ObjectReader>();
        services.AddSingleton<PresignedUrls>();
        services.AddSingleton<ObjectCollector>().AddHostedService(s => s.GetRequiredService<ObjectCollector>());

        services.AddSingleton<CreateBucket>().AddSingleton<HeadBucket>().AddSingleton<DeleteBucket>().AddSingleton<ListBuckets>();
        services.AddSingleton<PutBucketVersioning>();
        services.AddSingleton<PutObject>().AddSingleton<GetObject>().AddSingleton<CopyObject>();
        services.AddSingleton<DeleteObject>().AddSingleton<DeleteObjects>();
        services.AddSingleton<ListObjects>().AddSingleton<ListObjectVersions>();
        services.AddSingleton<CreateMultipartUpload>().AddSingleton<UploadPart>().AddSingleton<CompleteMultipartUpload>();
        services.AddSingleton<AbortMultipartUpload>().AddSingleton<ListParts>().AddSingleton<ListMultipartUploads>();

        services.AddSingleton<S3Buckets>().AddSingleton<S3Objects>().AddSingleton<S3Listings>().AddSingleton<S3Multipart>();
        services.AddSingleton<BucketSettings>().AddSingleton<PutObjectTagging>();
        services.AddSingleton<S3BucketSettings>().AddSingleton<S3Tags>().AddSingleton<S3Attributes>();
        services.AddSingleton<S3ObjectBody>();
        services.AddSingleton<S3Door>().AddSingleton<IS3Door>(s => s.GetRequiredService<S3Door>());
    }
}
