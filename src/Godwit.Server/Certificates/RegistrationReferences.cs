using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Iam;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>Whether what a registrationConfig names is there when it is named: devices connect long after, and nobody would see why they stay out.</summary>
public sealed class RegistrationReferences(ResourceDirectory resources, RoleRights rights)
{
    internal ServiceError? Refuse(ReadSession session, Caller caller, RegistrationConfig? config)
    {
        if (config?.TemplateName is { } name && !resources.Exists(session, caller.Account, Arn.Parse(caller.IotArn($"provisioningtemplate/{name}"))!))
            return Errors.ResourceNotFound($"registrationConfig.templateName: provisioning template {name} does not exist. Make it with CreateProvisioningTemplate of type JITP first.");
        return config?.RoleArn is { } role && rights.WhyNotAssumed(caller.Account, role, RoleRights.Iot) is { } why
            ? Errors.InvalidRequest($"registrationConfig.roleArn: {why}")
            : null;
    }
}
