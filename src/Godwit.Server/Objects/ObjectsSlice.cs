using Godwit.Server.Objects.Bytes;
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
        services.AddSingleton<IS3Door, S3Door>();
    }
}
