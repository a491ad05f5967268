using System.Security.Cryptography;
using System.Text;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Provisioning;
using Godwit.Server.Certificates;
using Godwit.Server.Policies;
using Godwit.Server.Things;

namespace Godwit.Server.Provisioning;

/// <summary>
/// Makes what a template's plan asks for, by the operations that a person would call, in the order certificate, thing, groups, policies. Each step may be
/// repeated, so a call that failed half-way can be sent again.
/// </summary>
public sealed class Provisioner(
    DescribeCertificate describeCertificate,
    CreateCertificateFromCsr createFromCsr,
    RegisterCertificate registerCertificate,
    UpdateCertificate updateCertificate,
    DescribeThing describeThing,
    CreateThing createThing,
    UpdateThing updateThing,
    AddThingToThingGroup addToGroup,
    AttachThingPrincipal attachPrincipal,
    CreatePolicy createPolicy,
    AttachPolicy attachPolicy)
{
    /// <summary>What is there afterwards, or why it could not be made: ResourceRegistrationFailureException, with the step's own words.</summary>
    public async Task<Result<Provisioned>> Provision(Caller caller, ProvisioningPlan plan, CancellationToken ct)
    {
        var arns = new Dictionary<string, string>();
        MadeCertificate? made = null;
        if (plan.Certificate is { } asked)
        {
            var certificate = await Certificate(caller, asked, ct);
            if (!certificate.IsOk)
                return Failed(asked.LogicalId, certificate.Error);
            made = certificate.Value;
            arns[asked.LogicalId] = made.CertificateArn;
        }
        if (plan.Thing is { } thing)
        {
            if (await Thing(caller, thing, ct) is { } refusal)
                return Failed(thing.LogicalId, refusal);
            arns[thing.LogicalId] = caller.IotArn("thing/" + thing.ThingName);
            if (made is not null && await Attach(caller, thing.ThingName, made.CertificateArn, ct) is { } unattached)
                return Failed(thing.LogicalId, unattached);
        }
        foreach (var policy in plan.Policies)
        {
            var name = await Policy(caller, policy, made?.CertificateArn, ct);
            if (!name.IsOk)
                return Failed(policy.LogicalId, name.Error);
            arns[policy.LogicalId] = caller.IotArn("policy/" + name.Value);
        }
        return new Provisioned(made?.CertificateArn, made?.CertificatePem, plan.Thing?.ThingName, plan.DeviceConfiguration, arns);
    }

    private static ServiceError Failed(string resource, ServiceError refusal) => new(
        "ResourceRegistrationFailureException", 400, $"Resource {resource} of the template could not be made: {refusal.Message}");

    private async Task<Result<MadeCertificate>> Certificate(Caller caller, CertificatePlan plan, CancellationToken ct)
    {
        if (plan.CertificateSigningRequest is { } csr)
            return (await createFromCsr.Handle(
                caller, new CreateCertificateFromCsr.Request { CertificateSigningRequest = csr, SetAsActive = plan.Status == "ACTIVE" }, ct))
                .Map(created => new MadeCertificate(created.CertificateArn, created.CertificatePem));
        var id = plan.CertificateId;
        if (plan.CertificatePem is { } pem)
        {
            var registered = await registerCertificate.Handle(
                caller, new RegisterCertificate.Request { CertificatePem = pem, CaCertificatePem = plan.CaCertificatePem, Status = plan.Status }, ct);
            if (registered is { IsOk: false, Error: { Code: not "ResourceAlreadyExistsException" } refusal })
                return refusal;
            id = registered.IsOk ? registered.Value.CertificateId : registered.Error!.Members!["resourceId"];
        }
        var described = await describeCertificate.Handle(caller, new DescribeCertificate.Request { CertificateId = id! }, ct);
        if (!described.IsOk)
            return described.Error;
        var found = described.Value.CertificateDescription;
        if (found.Status != plan.Status
            && (await updateCertificate.Handle(caller, new UpdateCertificate.Request { CertificateId = found.CertificateId, NewStatus = plan.Status }, ct)).Error is { } unchanged)
            return unchanged;
        return new MadeCertificate(found.CertificateArn, found.CertificatePem);
    }

    private async Task<ServiceError?> Thing(Caller caller, ThingPlan plan, CancellationToken ct)
    {
        var found = await describeThing.Handle(caller, new DescribeThing.Request { ThingName = plan.ThingName }, ct);
        var refusal = found.IsOk ? await Override(caller, plan, found.Value, ct) : (await createThing.Handle(caller, new CreateThing.Request
        {
            ThingName = plan.ThingName,
            ThingTypeName = plan.ThingTypeName,
            BillingGroupName = plan.BillingGroup,
            AttributePayload = new AttributePayload { Attributes = plan.Attributes },
        }, ct)).Error;
        if (refusal is not null || found.IsOk && plan.Overrides.ThingGroups == Core.Provisioning.Override.DoNothing)
            return refusal;
        foreach (var group in plan.ThingGroups)
            if ((await addToGroup.Handle(caller, new AddThingToThingGroup.Request { ThingName = plan.ThingName, ThingGroupName = group }, ct)).Error is { } unadded)
                return unadded;
        return null;
    }

    /// <summary>A thing that is there already: what its overrides allow, else it must be as the template says.</summary>
    private async Task<ServiceError?> Override(Caller caller, ThingPlan plan, DescribeThing.Response found, CancellationToken ct)
    {
        var sameType = plan.ThingTypeName is null || plan.ThingTypeName == found.ThingTypeName;
        var sameAttributes = plan.Attributes.All(attribute => found.Attributes.GetValueOrDefault(attribute.Key) == attribute.Value);
        if (!sameType && plan.Overrides.ThingType == Core.Provisioning.Override.Fail)
            return Errors.InvalidRequest($"Thing {plan.ThingName} is there with another thing type. Allow it by OverrideSettings, ThingTypeName REPLACE or DO_NOTHING.");
        if (!sameAttributes && plan.Overrides.Attributes == Core.Provisioning.Override.Fail)
            return Errors.InvalidRequest($"Thing {plan.ThingName} is there with other attributes. Allow it by OverrideSettings, AttributePayload MERGE, REPLACE or DO_NOTHING.");
        var setType = !sameType && plan.Overrides.ThingType != Core.Provisioning.Override.DoNothing;
        var setAttributes = !sameAttributes && plan.Overrides.Attributes != Core.Provisioning.Override.DoNothing;
        if (!setType && !setAttributes)
            return null;
        return (await updateThing.Handle(caller, new UpdateThing.Request
        {
            ThingName = plan.ThingName,
            ThingTypeName = setType ? plan.ThingTypeName : null,
            AttributePayload = setAttributes
                ? new AttributePayload { Attributes = plan.Attributes, Merge = plan.Overrides.Attributes == Core.Provisioning.Override.Merge }
                : null,
        }, ct)).Error;
    }

    private async Task<ServiceError?> Attach(Caller caller, string thing, string certificateArn, CancellationToken ct) =>
        (await attachPrincipal.Handle(caller, new AttachThingPrincipal.Request { ThingName = thing, Principal = certificateArn }, ct)).Error;

    /// <summary>AWS: a policy that a template brings as a document is named by the document's hash, so the same one is made once.</summary>
    private async Task<Result<string>> Policy(Caller caller, PolicyPlan plan, string? certificateArn, CancellationToken ct)
    {
        var name = plan.PolicyName ?? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(plan.PolicyDocument!)));
        if (plan.PolicyDocument is { } document)
        {
            var created = await createPolicy.Handle(caller, new CreatePolicy.Request { PolicyName = name, PolicyDocument = document }, ct);
            if (created is { IsOk: false, Error: { Code: not "ResourceAlreadyExistsException" } refusal })
                return refusal;
        }
        if (certificateArn is not null
            && (await attachPolicy.Handle(caller, new AttachPolicy.Request { PolicyName = name, Target = certificateArn }, ct)).Error is { } unattached)
            return unattached;
        return name;
    }

    private sealed record MadeCertificate(string CertificateArn, string CertificatePem);
}

/// <summary>What provisioning has made or found.</summary>
/// <param name="ResourceArns">ARNs by the resources' names in the template.</param>
public sealed record Provisioned(
    string? CertificateArn,
    string? CertificatePem,
    string? ThingName,
    IReadOnlyDictionary<string, string> DeviceConfiguration,
    IReadOnlyDictionary<string, string> ResourceArns);
