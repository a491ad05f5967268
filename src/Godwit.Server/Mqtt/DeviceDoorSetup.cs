using Godwit.Server.Hosting;
using Godwit.Server.Mqtt.Sessions;
using Godwit.Server.Placement;
using Godwit.Server.Tls;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Godwit.Server.Mqtt;

/// <summary>Composes the device front door. It wants the slices, <see cref="DataDirectory"/>, options, time and randomness to be there.</summary>
public static class DeviceDoorSetup
{
    public static IServiceCollection AddDeviceDoor(this IServiceCollection services, ServedOperations operations)
    {
        operations.Serve<Publish>("iot-data");
        operations.Serve<GetRetainedMessage>("iot-data");
        operations.Serve<ListRetainedMessages>("iot-data");
        operations.Serve<DeleteConnection>("iot-data");
        services.TryAddSingleton(s => ServerCertificate.LoadOrIssue(
            s.GetRequiredService<CertificateAuthority>(),
            s.GetRequiredService<DataDirectory>().TlsFolder,
            CertificateNames.OfThisHost(s.GetRequiredService<ServerOptions>()),
            s.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ConnectionFeed>();
        services.AddSingleton(s => new Presence(s.GetRequiredService<TimeProvider>()).Feed(s.GetRequiredService<ConnectionFeed>()));
        services.AddSingleton<LifecycleEvents>();
        services.AddSingleton<LiveDevices>();
        services.AddSingleton<PolicyCompiler>();
        services.AddSingleton<DeviceAuthenticator>();
        services.AddSingleton<KnownDevices>();
        services.AddSingleton<RightsKeeper>();
        services.AddSingleton(s => new TopicTable(s.GetServices<ITopicService>()));
        services.AddSingleton<SessionJournal>();
        services.AddSingleton<DeviceGateway>();
        services.AddSingleton<LocalDeviceLink>();
        services.AddSingleton<IDeviceLink>(s => s.GetRequiredService<LocalDeviceLink>());
        services.AddSingleton<IDeviceStanding, DeviceStanding>();
        services.AddSingleton<DeviceDoor>();
        services.AddSingleton<IHostedService>(s => s.GetRequiredService<DeviceDoor>());
        return services;
    }
}
