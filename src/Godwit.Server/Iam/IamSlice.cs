using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Iam;

/// <summary>Who may do what: roles, users and their policies, and the decisions by them.</summary>
public static class IamSlice
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<IamDirectory>();
        services.AddSingleton<IamOperations>();
        services.AddSingleton<AccessControl>();
        services.AddSingleton<RoleRights>();
        services.AddSingleton<SessionOperations>();
    }
}
