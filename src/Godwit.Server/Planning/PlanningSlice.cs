using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Planning;

/// <summary>The dry run of an update.</summary>
public static class PlanningSlice
{
    public static void Add(IServiceCollection services) => services.AddSingleton<PlanOtaUpdate>();
}
