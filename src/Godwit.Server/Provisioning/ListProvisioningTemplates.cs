using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning;

/// <summary>ListProvisioningTemplates — GET /provisioning-templates, in the order of their names.</summary>
public sealed class ListProvisioningTemplates(Database database) : IOperation<ListProvisioningTemplates.Request, ListProvisioningTemplates.Response>
{
    public sealed record Request
    {
        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record Response(IReadOnlyList<Summary> Templates, string? NextToken);

    public sealed record Summary(
        string TemplateArn, string TemplateName, string? Description, DateTimeOffset CreationDate, DateTimeOffset LastModifiedDate, bool Enabled, string Type);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListProvisioningTemplates), request.NextToken, 1, out var after))
            return PageToken.Invalid;
        var size = request.MaxResults ?? PageToken.DefaultSize;
        var rows = await database.Read(session => session.Query<TemplateRow>(
            "SELECT * FROM provisioning_template WHERE account = @Account AND template_name > @after ORDER BY template_name LIMIT @limit",
            new { caller.Account, after = after[0], limit = size + 1 }), ct);
        var page = PageToken.Page(
            nameof(ListProvisioningTemplates), rows, size,
            row => new Summary(
                caller.IotArn("provisioningtemplate/" + row.TemplateName), row.TemplateName, row.Description,
                DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs), row.Enabled != 0, row.TemplateType),
            row => [row.TemplateName]);
        return new Response(page.Items, page.NextToken);
    }
}
