using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Things;

/// <summary>The registry: things, their types, thing groups and who belongs to which.</summary>
public static class ThingsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<RegistryHooks>();
        services.AddSingleton(provider => new Lazy<RegistryHooks>(provider.GetRequiredService<RegistryHooks>));
        services.AddSingleton<DynamicThingGroups>();
        services.AddSingleton<RegistryEvents>();
        services.AddSingleton(provider => provider.GetRequiredService<RegistryEvents>().Hook);
        services.AddSingleton<DescribeFleet>();
        services.AddSingleton<WatchMessages>();
        services.AddSingleton<ListMessages>();
        services.AddSingleton(new ResourceKind("thing", Taggable: false, Membership.ThingExists));
        services.AddSingleton(new ResourceKind("thinggroup", Taggable: true, Membership.GroupExists));
        services.AddSingleton(new ResourceKind("thingtype", Taggable: true, ThingTypeStore.Exists));

        operations.Serve<CreateThing>("iot");
        operations.Serve<DescribeThing>("iot");
        operations.Serve<UpdateThing>("iot");
        operations.Serve<DeleteThing>("iot");
        operations.Serve<ListThings>("iot");

        operations.Serve<CreateThingType>("iot");
        operations.Serve<DescribeThingType>("iot");
        operations.Serve<UpdateThingType>("iot");
        operations.Serve<DeprecateThingType>("iot");
        operations.Serve<DeleteThingType>("iot");
        operations.Serve<ListThingTypes>("iot");

        operations.Serve<CreateThingGroup>("iot");
        operations.Serve<DescribeThingGroup>("iot");
        operations.Serve<UpdateThingGroup>("iot");
        operations.Serve<DeleteThingGroup>("iot");
        operations.Serve<ListThingGroups>("iot");

        operations.Serve<AddThingToThingGroup>("iot");
        operations.Serve<RemoveThingFromThingGroup>("iot");
        operations.Serve<UpdateThingGroupsForThing>("iot");
        operations.Serve<ListThingsInThingGroup>("iot");
        operations.Serve<ListThingGroupsForThing>("iot");
    }
}
