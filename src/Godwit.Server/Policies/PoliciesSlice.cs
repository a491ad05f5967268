using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Policies;

/// <summary>IoT policies and what they are attached to.</summary>
public static class PoliciesSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
    }
}
