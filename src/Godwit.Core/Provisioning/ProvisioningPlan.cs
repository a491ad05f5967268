namespace Godwit.Core.Provisioning;

/// <summary>What a template asks for, with all parameters in their places.</summary>
public sealed record ProvisioningPlan(
    ThingPlan? Thing,
    CertificatePlan? Certificate,
    IReadOnlyList<PolicyPlan> Policies,
    IReadOnlyDictionary<string, string> DeviceConfiguration);

/// <param name="LogicalId">The resource's name in the template; answers name its ARN by it.</param>
public sealed record ThingPlan(
    string LogicalId,
    string ThingName,
    string? ThingTypeName,
    string? BillingGroup,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<string> ThingGroups,
    ThingOverrides Overrides);

/// <summary>What becomes of a thing that is there already.</summary>
public sealed record ThingOverrides(Override Attributes, Override ThingType, Override ThingGroups);

public enum Override
{
    /// <summary>It must be so already.</summary>
    Fail,
    DoNothing,
    Replace,
    Merge,
}

/// <summary>One of the three ways in which a certificate comes.</summary>
/// <param name="Status"><c>ACTIVE</c> or <c>INACTIVE</c>.</param>
public sealed record CertificatePlan(
    string LogicalId, string? CertificateId, string? CertificateSigningRequest, string? CertificatePem, string? CaCertificatePem, string Status);

/// <summary>A policy by name, or one to be made of a document.</summary>
public sealed record PolicyPlan(string LogicalId, string? PolicyName, string? PolicyDocument);
