using Godwit.Server.Things;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Policies;

/// <summary>IoT policies and what they are attached to.</summary>
public static class PoliciesSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<PolicyHooks>();
        services.AddSingleton<PolicyAttachments>();
        services.AddSingleton(provider => ForgetDeletedGroups(provider.GetRequiredService<PolicyHooks>()));
        services.AddSingleton(new ResourceKind("policy", Taggable: true, PolicyStore.Exists));

        operations.Serve<CreatePolicy>("iot");
        operations.Serve<GetPolicy>("iot");
        operations.Serve<ListPolicies>("iot");
        operations.Serve<DeletePolicy>("iot");

        operations.Serve<CreatePolicyVersion>("iot");
        operations.Serve<GetPolicyVersion>("iot");
        operations.Serve<ListPolicyVersions>("iot");
        operations.Serve<DeletePolicyVersion>("iot");
        operations.Serve<SetDefaultPolicyVersion>("iot");

        operations.Serve<AttachPolicy>("iot");
        operations.Serve<DetachPolicy>("iot");
        operations.Serve<ListAttachedPolicies>("iot");
        operations.Serve<ListTargetsForPolicy>("iot");

        operations.Serve<AttachPrincipalPolicy>("iot");
        operations.Serve<DetachPrincipalPolicy>("iot");
        operations.Serve<ListPrincipalPolicies>("iot");
        operations.Serve<ListPolicyPrincipals>("iot");
    }

    private static RegistryHook ForgetDeletedGroups(PolicyHooks hooks) => new()
    {
        GroupDeleted = (session, caller, group) =>
        {
            if (PolicyAttachments.DetachAll(session, caller.Account, "thinggroup/" + group) > 0)
                hooks.Changed(session, caller, ["thinggroup/" + group]);
        },
    };
}
