using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Streams;

/// <summary>File delivery over MQTT.</summary>
public static class StreamsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
    }
}
