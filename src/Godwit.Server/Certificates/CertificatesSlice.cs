using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Certificates;

/// <summary>Device certificates and the things they stand for.</summary>
public static class CertificatesSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
    }
}
