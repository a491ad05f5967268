using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.EndpointDescription;

/// <summary>Where devices and SDKs are told to go.</summary>
public static class EndpointDescriptionSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations) => operations.Serve<DescribeEndpoint>("iot");
}
