using Godwit.Server.Placement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Godwit.Server.Events;

/// <summary>Events of the service that back ends subscribe to, and which of them an account wants.</summary>
public static class EventsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.TryAddSingleton<IDeviceLink, NoDeviceLink>();
        services.AddSingleton<EventPublisher>();
        operations.Serve<UpdateEventConfigurations>("iot");
        operations.Serve<DescribeEventConfigurations>("iot");
    }
}
