using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Jobs.Templates;

/// <summary>DescribeManagedJobTemplate — GET /managed-job-templates/{templateName}</summary>
public sealed class DescribeManagedJobTemplate : IOperation<DescribeManagedJobTemplate.Request, DescribeManagedJobTemplate.Response>
{
    public sealed record Request
    {
        public required string TemplateName { get; init; }

        public string? TemplateVersion { get; init; }
    }

    public sealed record Response
    {
        public required string TemplateName { get; init; }

        public required string TemplateArn { get; init; }

        public required string Description { get; init; }

        public required string TemplateVersion { get; init; }

        public required IReadOnlyList<string> Environments { get; init; }

        public required IReadOnlyList<DocumentParameter> DocumentParameters { get; init; }

        public required string Document { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => Task.FromResult<Result<Response>>(
        ManagedJobTemplates.Find(request.TemplateName, request.TemplateVersion) is { } template
            ? new Response
            {
                TemplateName = template.Name,
                TemplateArn = template.ArnIn(caller.Region),
                Description = template.Description,
                TemplateVersion = ManagedJobTemplate.Version,
                Environments = ManagedJobTemplates.Environments,
                DocumentParameters = template.Parameters,
                Document = template.Document,
            }
            : JobTemplateRow.NotFound(request.TemplateName));
}
