using Godwit.Server.Tls;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Certificates;

/// <summary>Device certificates and the things they stand for.</summary>
public static class CertificatesSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<DeviceRegistry>();
        services.AddSingleton(provider => CertificateAuthority.LoadOrCreate(
            Path.Combine(provider.GetRequiredService<ServerOptions>().DataDirectory, "tls"),
            provider.GetRequiredService<IRandomSource>(),
            provider.GetRequiredService<TimeProvider>()));
    }
}
