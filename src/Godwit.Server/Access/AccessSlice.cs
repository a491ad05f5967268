using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Access;

/// <summary>Who may sign: access keys and their secrets.</summary>
public static class AccessSlice
{
    public static void Add(IServiceCollection services) => services.AddSingleton<AccessKeys>();
}
