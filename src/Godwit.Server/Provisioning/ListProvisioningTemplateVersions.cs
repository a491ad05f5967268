using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning;

/// <summary>ListProvisioningTemplateVersions — GET /provisioning-templates/{templateName}/versions, the oldest first.</summary>
public sealed class ListProvisioningTemplateVersions(Database database)
    : IOperation<ListProvisioningTemplateVersions.Request, ListProvisioningTemplateVersions.Response>
{
    public sealed record Request
    {
        public required string TemplateName { get; init; }

        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record Response(IReadOnlyList<Summary> Versions, string? NextToken);

    public sealed record Summary(int VersionId, DateTimeOffset CreationDate, bool IsDefaultVersion);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var after = 0L;
        if (!PageToken.TryRead(nameof(ListProvisioningTemplateVersions), request.NextToken, 1, out var keys)
            || keys[0].Length > 0 && !long.TryParse(keys[0], NumberStyles.None, CultureInfo.InvariantCulture, out after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.MaxResults ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (ProvisioningTemplateStore.Find(session, caller.Account, request.TemplateName) is not { } template)
                return ProvisioningTemplateStore.NotFound(request.TemplateName);
            var rows = session.Query<TemplateVersionRow>(
                """
                SELECT * FROM provisioning_template_version WHERE account = @Account AND template_name = @TemplateName AND version_id > @after
                ORDER BY version_id LIMIT @limit
                """,
                new { caller.Account, template.TemplateName, after, limit = size + 1 });
            var page = PageToken.Page(
                nameof(ListProvisioningTemplateVersions), rows, size,
                row => new Summary((int)row.VersionId, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), row.VersionId == template.DefaultVersion),
                row => [row.VersionId.ToString(CultureInfo.InvariantCulture)]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
