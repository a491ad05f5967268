using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Provisioning;

/// <summary>What creating and updating a template share.</summary>
internal static class TemplateRules
{
    /// <summary>A hook that was passed over would let in devices that it is there to keep out.</summary>
    public static ServiceError? RefuseHook(ProvisioningHook? hook) => hook is null
        ? null
        : Errors.InvalidRequest(
            $"preProvisioningHook names {hook.TargetArn}, but Godwit runs no functions and would provision without asking it. Leave it out, and limit who has claim certificates instead.");

    public static ServiceError? RefuseRole(Caller caller, string roleArn) =>
        Arn.Parse(roleArn) is { Service: "iam", ResourceType: "role" } arn && arn.Account == caller.Account
            ? null
            : Errors.InvalidRequest($"provisioningRoleArn '{roleArn}' is no ARN of a role of this account. Expected arn:aws:iam::{caller.Account}:role/NAME.");
}
