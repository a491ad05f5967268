using Godwit.Server.Access.Users;
using Godwit.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Access;

/// <summary>Who may sign: access keys and their secrets; and who may sign in: people, their roles and sessions.</summary>
public static class AccessSlice
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton(s => SealKey.Open(s.GetRequiredService<ServerOptions>(), s.GetRequiredService<DataDirectory>(), s.GetRequiredService<IRandomSource>()));
        services.AddSingleton<AccessKeys>();
        services.AddSingleton<ListAccessKeys>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<SignIns>();
        services.AddSingleton<FirstVisit>();
        services.AddSingleton<ProviderSignIns>();
        services.AddSingleton<ListUsers>();
        services.AddSingleton<CreateUser>();
        services.AddSingleton<UpdateUser>();
        services.AddSingleton<DeleteUser>();
        services.AddSingleton<UserKeys>();
        services.AddSingleton<SessionKeys>();
    }
}
