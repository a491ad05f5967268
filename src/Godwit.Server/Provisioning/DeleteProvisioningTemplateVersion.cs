using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning;

/// <summary>DeleteProvisioningTemplateVersion — DELETE /provisioning-templates/{templateName}/versions/{versionId}</summary>
public sealed class DeleteProvisioningTemplateVersion(Database database) : IOperation<DeleteProvisioningTemplateVersion.Request, Nothing>
{
    public sealed record Request
    {
        public required string TemplateName { get; init; }

        public required int VersionId { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (ProvisioningTemplateStore.Find(session, caller.Account, request.TemplateName) is not { } row)
            return ProvisioningTemplateStore.NotFound(request.TemplateName);
        if (request.VersionId == row.DefaultVersion)
            return Errors.DeleteConflict($"Version {request.VersionId} is the default of provisioning template {row.TemplateName}. Make another one the default first, or delete the template.");
        if (session.Execute(
                "DELETE FROM provisioning_template_version WHERE account = @Account AND template_name = @TemplateName AND version_id = @VersionId",
                new { caller.Account, row.TemplateName, request.VersionId }) == 0)
            return ProvisioningTemplateStore.NoVersion(row.TemplateName, request.VersionId);
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(DeleteProvisioningTemplateVersion), "provisioningtemplate/" + row.TemplateName, $"version {request.VersionId}", null));
        return default(Nothing);
    }, ct);
}
