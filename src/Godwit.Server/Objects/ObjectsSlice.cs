using Godwit.Server.Iam;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Objects.Multipart;
using Godwit.Server.Objects.S3;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Objects;

/// <summary>The part of S3 that an OTA update rests on: buckets, versions, bytes.</summary>
public static class ObjectsSlice
{
    private const long CacheBytesMax = 16L << 30;

    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton(Bytes);
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
        services.AddSingleton<BucketPolicies>().AddSingleton(s => new BucketDoors(s.GetRequiredService<BucketPolicies>().Find)).AddSingleton<BucketSettings>().AddSingleton<PutObjectTagging>();
        services.AddSingleton<S3BucketSettings>().AddSingleton<S3Tags>().AddSingleton<S3Attributes>();
        services.AddSingleton<S3ObjectBody>();
        services.AddSingleton<S3Door>().AddSingleton<IS3Door>(s => s.GetRequiredService<S3Door>());
    }

    /// <summary>Bytes lie in the data folder, or in an outside store of which the folder is a cache.</summary>
    private static IObjectBytes Bytes(IServiceProvider services)
    {
        var (options, time) = (services.GetRequiredService<ServerOptions>(), services.GetRequiredService<TimeProvider>());
        var files = new FileObjectBytes(
            Path.Combine(Path.GetFullPath(options.DataDirectory), "objects"), services.GetRequiredService<ILogger<FileObjectBytes>>(), time);
        return OutsideStoreAddress.TryParse(options.S3 ?? "", out var address)
            ? new S3ObjectBytes(new OutsideStore(address, time), files, CacheBytesMax, services.GetRequiredService<ILogger<S3ObjectBytes>>())
            : files;
    }
}
