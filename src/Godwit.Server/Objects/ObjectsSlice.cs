using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Objects;

/// <summary>The part of S3 that an OTA update rests on: buckets, versions, bytes.</summary>
public static class ObjectsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
    }
}
