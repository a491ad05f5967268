using Godwit.Server.OtaUpdates.Firmware;
using Godwit.Server.OtaUpdates.Versions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Godwit.Server.OtaUpdates;

/// <summary>CreateOTAUpdate and its kin.</summary>
public static class OtaUpdatesSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<OtaUpdateBell>();
        services.AddSingleton<OtaUpdateRole>();
        services.AddSingleton<OtaUpdateSigning>();
        services.AddSingleton<PreflightOtaUpdate>();
        services.AddSingleton<OtaUpdateCreation>();
        services.AddSingleton<OtaUpdateDeletion>();
        services.AddSingleton<OtaUpdateLog>();
        services.AddHostedService<OtaUpdateRunner>();
        services.AddSingleton<VersionKeeper>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<VersionKeeper>());
        services.AddSingleton<ListFleetVersions>();
        services.AddSingleton<ListOtaUpdatesAsOf>();
        services.AddSingleton<DescribeThingAsOf>();
        services.AddSingleton<ListFirmware>();
        services.AddSingleton<DescribeFirmware>();
        services.AddSingleton<ListVersionDoubts>();
        services.AddSingleton(new ResourceKind("otaupdate", Taggable: true, OtaUpdateStore.Exists));
        operations.Serve<CreateOtaUpdate>("iot");
        operations.Serve<GetOtaUpdate>("iot");
        operations.Serve<ListOtaUpdates>("iot");
        operations.Serve<DeleteOtaUpdate>("iot");
    }
}
