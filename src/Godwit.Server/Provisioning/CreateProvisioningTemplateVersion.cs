using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Provisioning;
using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning;

/// <summary>CreateProvisioningTemplateVersion — POST /provisioning-templates/{templateName}/versions</summary>
public sealed class CreateProvisioningTemplateVersion(Database database)
    : IOperation<CreateProvisioningTemplateVersion.Request, CreateProvisioningTemplateVersion.Response>
{
    /// <summary>AWS: a template has at most five versions.</summary>
    private const int VersionsMax = 5;

    public sealed record Request
    {
        public required string TemplateName { get; init; }

        public required string TemplateBody { get; init; }

        public bool? SetAsDefault { get; init; }
    }

    public sealed record Response(string TemplateArn, string TemplateName, int VersionId, bool IsDefaultVersion);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (ProvisioningTemplate.Read(request.TemplateBody).Error is { } refusal)
            return Task.FromResult<Result<Response>>(refusal);
        return database.Change<Response>(session =>
        {
            if (ProvisioningTemplateStore.Find(session, caller.Account, request.TemplateName) is not { } row)
                return ProvisioningTemplateStore.NotFound(request.TemplateName);
            var versions = session.First<long>(
                "SELECT COUNT(*) FROM provisioning_template_version WHERE account = @Account AND template_name = @TemplateName", new { caller.Account, row.TemplateName });
            if (versions >= VersionsMax)
                return new ServiceError(
                    "VersionsLimitExceededException", 409,
                    $"Provisioning template {row.TemplateName} has {VersionsMax} versions already, the most there may be. Delete one with DeleteProvisioningTemplateVersion.");
            var (next, isDefault) = (row.LastVersion + 1, request.SetAsDefault is true);
            ProvisioningTemplateStore.AddVersion(session, caller.Account, row.TemplateName, next, request.TemplateBody);
            ProvisioningTemplateStore.Update(session, caller.Account, row with { LastVersion = next, DefaultVersion = isDefault ? next : row.DefaultVersion });
            session.Record(new Fact(
                caller.Account, caller.Arn, nameof(CreateProvisioningTemplateVersion), "provisioningtemplate/" + row.TemplateName, null, $"version {next}"));
            return new Response(caller.IotArn("provisioningtemplate/" + row.TemplateName), row.TemplateName, (int)next, isDefault);
        }, ct);
    }
}
