using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Why;

/// <summary>Why a device has an update, or has it not.</summary>
public static class WhySlice
{
    public static void Add(IServiceCollection services) => services.AddSingleton<AskWhyNot>();
}
