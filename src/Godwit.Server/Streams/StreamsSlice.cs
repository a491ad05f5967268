using Godwit.Server.Streams.Device;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Streams;

/// <summary>File delivery over MQTT.</summary>
public static class StreamsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<StreamCache>();
        services.AddSingleton<DescribeDeviceTrail>();
        services.AddSingleton<DescribeStreamTraffic>();
        services.AddSingleton<StreamFiles>();
        services.AddSingleton<StreamCatalog>();
        services.AddSingleton<ITopicService, StreamsTopics>();
        services.AddSingleton(new ResourceKind("stream", Taggable: true, StreamStore.Exists));
        operations.Serve<CreateStream>("iot");
        operations.Serve<UpdateStream>("iot");
        operations.Serve<DescribeStream>("iot");
        operations.Serve<ListStreams>("iot");
        operations.Serve<DeleteStream>("iot");
    }
}
