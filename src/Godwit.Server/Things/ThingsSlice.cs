using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Things;

/// <summary>The registry: things, thing groups and who belongs to which.</summary>
public static class ThingsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<RegistryHooks>();
        services.AddSingleton(new ResourceKind("thing", Taggable: false, Membership.ThingExists));
        services.AddSingleton(new ResourceKind("thinggroup", Taggable: true, Membership.GroupExists));
    }
}
