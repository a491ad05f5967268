using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Jobs.Templates;

/// <summary>ListManagedJobTemplates — GET /managed-job-templates, by name.</summary>
public sealed class ListManagedJobTemplates : IOperation<ListManagedJobTemplates.Request, ListManagedJobTemplates.Response>
{
    public sealed record Request
    {
        public string? TemplateName { get; init; }

        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record Response
    {
        public required IReadOnlyList<ManagedJobTemplateSummary> ManagedJobTemplates { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record ManagedJobTemplateSummary
    {
        public required string TemplateArn { get; init; }

        public required string TemplateName { get; init; }

        public required string Description { get; init; }

        public required IReadOnlyList<string> Environments { get; init; }

        public required string TemplateVersion { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListManagedJobTemplates), request.NextToken, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.MaxResults ?? PageToken.DefaultSize;
        var rows = Templates.ManagedJobTemplates.All
            .Where(template => (request.TemplateName is null || template.Name == request.TemplateName) && string.CompareOrdinal(template.Name, after[0]) > 0)
            .Take(size + 1).ToList();
        var page = PageToken.Page(
            nameof(ListManagedJobTemplates), rows, size,
            template => new ManagedJobTemplateSummary
            {
                TemplateArn = template.ArnIn(caller.Region),
                TemplateName = template.Name,
                Description = template.Description,
                Environments = Templates.ManagedJobTemplates.Environments,
                TemplateVersion = ManagedJobTemplate.Version,
            },
            template => [template.Name]);
        return Task.FromResult<Result<Response>>(new Response { ManagedJobTemplates = page.Items, NextToken = page.NextToken });
    }
}
