using Godwit.Core;
using Godwit.Core.Provisioning;

namespace Godwit.Server.Certificates;

/// <summary>How devices of a CA are to be provisioned: by a template that comes along or one that is kept. <see cref="RegistrationReferences"/> says whether what it names is there.</summary>
public sealed record RegistrationConfig
{
    public string? TemplateBody { get; init; }

    public string? RoleArn { get; init; }

    public string? TemplateName { get; init; }

    internal ServiceError? Refuse() =>
        TemplateBody is not null && TemplateName is not null
            ? Errors.InvalidRequest("registrationConfig has templateBody and templateName. Give one of them.")
            : TemplateBody is not null ? ProvisioningTemplate.Read(TemplateBody).Error : null;

    /// <summary>What is kept of it, or null where that is nothing.</summary>
    internal static RegistrationConfig? Of(CaCertificateRow row) =>
        row is { RoleArn: null, TemplateBody: null, TemplateName: null } ? null
            : new RegistrationConfig { RoleArn = row.RoleArn, TemplateBody = row.TemplateBody, TemplateName = row.TemplateName };
}
