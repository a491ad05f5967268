using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Things;

/// <summary>The registry: things, thing groups and who belongs to which.</summary>
public static class ThingsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
    }
}
