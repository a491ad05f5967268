using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Jobs;

/// <summary>Jobs: what runs on which thing, how fast, and what each thing says of it.</summary>
public static class JobsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
    }
}
