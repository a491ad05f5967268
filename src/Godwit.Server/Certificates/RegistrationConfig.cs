using Godwit.Core;

namespace Godwit.Server.Certificates;

/// <summary>How devices of a CA are to be provisioned. The role is kept and echoed; templates are refused until there are some.</summary>
public sealed record RegistrationConfig
{
    public string? TemplateBody { get; init; }

    public string? RoleArn { get; init; }

    public string? TemplateName { get; init; }

    internal ServiceError? Refuse() =>
        TemplateBody is not null ? CaCertificateErrors.NoTemplates("templateBody")
        : TemplateName is not null ? CaCertificateErrors.NoTemplates("templateName")
        : null;
}
