using Godwit.Server.Placement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Godwit.Server.FleetIndexing;

/// <summary>Questions to the fleet, and groups whose members such a question finds.</summary>
public static class FleetIndexingSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.TryAddSingleton<ConnectionFeed>();
        services.AddSingleton<FleetIndex>();
        services.AddSingleton<DynamicGroupMembers>();
        services.AddSingleton<DynamicGroupBuilder>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<DynamicGroupBuilder>());
        services.AddSingleton(provider => provider.GetRequiredService<DynamicGroupMembers>().Hook);
        services.AddSingleton(provider => provider.GetRequiredService<DynamicGroupBuilder>().Hook);
        services.AddSingleton<ConnectivityKeeper>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ConnectivityKeeper>());

        operations.Serve<UpdateIndexingConfiguration>("iot");
        operations.Serve<GetIndexingConfiguration>("iot");
        operations.Serve<DescribeIndex>("iot");
        operations.Serve<ListIndices>("iot");
        operations.Serve<SearchIndex>("iot");
        operations.Serve<GetStatistics>("iot");
        operations.Serve<GetCardinality>("iot");
        operations.Serve<GetPercentiles>("iot");
        operations.Serve<GetBucketsAggregation>("iot");
        operations.Serve<GetThingConnectivityData>("iot");

        operations.Serve<CreateDynamicThingGroup>("iot");
        operations.Serve<UpdateDynamicThingGroup>("iot");
        operations.Serve<DeleteDynamicThingGroup>("iot");
    }
}
