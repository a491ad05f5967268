using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning;

/// <summary>DescribeProvisioningTemplateVersion — GET /provisioning-templates/{templateName}/versions/{versionId}</summary>
public sealed class DescribeProvisioningTemplateVersion(Database database)
    : IOperation<DescribeProvisioningTemplateVersion.Request, DescribeProvisioningTemplateVersion.Response>
{
    public sealed record Request
    {
        public required string TemplateName { get; init; }

        public required int VersionId { get; init; }
    }

    public sealed record Response(int VersionId, DateTimeOffset CreationDate, string TemplateBody, bool IsDefaultVersion);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(session =>
    {
        if (ProvisioningTemplateStore.Find(session, caller.Account, request.TemplateName) is not { } row)
            return ProvisioningTemplateStore.NotFound(request.TemplateName);
        return ProvisioningTemplateStore.Version(session, caller.Account, row.TemplateName, request.VersionId) is { } version
            ? new Response((int)version.VersionId, DateTimeOffset.FromUnixTimeMilliseconds(version.CreatedAtMs), version.Body, version.VersionId == row.DefaultVersion)
            : ProvisioningTemplateStore.NoVersion(row.TemplateName, request.VersionId);
    }, ct);
}
