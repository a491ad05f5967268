using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.OtaUpdates;

/// <summary>CreateOTAUpdate and its kin.</summary>
public static class OtaUpdatesSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
    }
}
