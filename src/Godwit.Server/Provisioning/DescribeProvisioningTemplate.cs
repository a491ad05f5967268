using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning;

/// <summary>DescribeProvisioningTemplate — GET /provisioning-templates/{templateName}, with the body of its default version.</summary>
public sealed class DescribeProvisioningTemplate(Database database) : IOperation<DescribeProvisioningTemplate.Request, DescribeProvisioningTemplate.Response>
{
    public sealed record Request
    {
        public required string TemplateName { get; init; }
    }

    public sealed record Response(
        string TemplateArn,
        string TemplateName,
        string? Description,
        DateTimeOffset CreationDate,
        DateTimeOffset LastModifiedDate,
        int DefaultVersionId,
        string TemplateBody,
        bool Enabled,
        string ProvisioningRoleArn,
        string Type);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(session =>
    {
        if (ProvisioningTemplateStore.Find(session, caller.Account, request.TemplateName) is not { } row)
            return ProvisioningTemplateStore.NotFound(request.TemplateName);
        var version = ProvisioningTemplateStore.Version(session, caller.Account, row.TemplateName, row.DefaultVersion)!;
        return new Response(
            caller.IotArn("provisioningtemplate/" + row.TemplateName), row.TemplateName, row.Description,
            DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs),
            (int)row.DefaultVersion, version.Body, row.Enabled != 0, row.RoleArn, row.TemplateType);
    }, ct);
}
