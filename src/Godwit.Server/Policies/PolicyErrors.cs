using Godwit.Core;

namespace Godwit.Server.Policies;

/// <summary>What the policy operations refuse, in AWS's words where they are known.</summary>
internal static class PolicyErrors
{
    public static ServiceError NoPolicy(string policy) => Errors.ResourceNotFound($"Policy not found (name={policy})");

    public static ServiceError NoVersion(string policy, string version) =>
        Errors.ResourceNotFound($"Policy version not found (name={policy}, version={version})");

    public static ServiceError NoTarget(string target) => Errors.ResourceNotFound($"Policy target not found (target={target})");

    public static ServiceError Exists(string policy, string arn) =>
        Errors.ResourceAlreadyExists($"Policy cannot be created - name already exists (name={policy})", policy, arn);

    public static ServiceError TooManyVersions(string policy, int max) =>
        new("VersionsLimitExceededException", 409, $"The policy {policy} already has the maximum number of versions ({max}). Delete one with DeletePolicyVersion.");

    public static ServiceError HasVersions(string policy) =>
        Errors.DeleteConflict($"Cannot delete the policy because it has one or more policy versions attached to it (name={policy})");

    public static ServiceError IsAttached(string policy) =>
        Errors.DeleteConflict($"The policy cannot be deleted as the policy is attached to one or more principals (name={policy})");

    public static ServiceError BadTarget(string target) =>
        Errors.InvalidRequest($"Policy target '{target}' is not valid. Give the ARN of a certificate or of a thing group of this account.");
}
