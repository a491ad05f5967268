using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.RoleAliases;

/// <summary>Role aliases: names for roles that devices may ask credentials of.</summary>
public static class RoleAliasesSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton(new ResourceKind("rolealias", Taggable: true, RoleAliasStore.Exists));

        operations.Serve<CreateRoleAlias>("iot");
        operations.Serve<DescribeRoleAlias>("iot");
        operations.Serve<UpdateRoleAlias>("iot");
        operations.Serve<DeleteRoleAlias>("iot");
        operations.Serve<ListRoleAliases>("iot");
    }
}
