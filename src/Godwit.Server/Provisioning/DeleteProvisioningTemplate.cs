using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Provisioning;

/// <summary>DeleteProvisioningTemplate — DELETE /provisioning-templates/{templateName}, with all its versions.</summary>
public sealed class DeleteProvisioningTemplate(Database database) : IOperation<DeleteProvisioningTemplate.Request, Nothing>
{
    public sealed record Request
    {
        public required string TemplateName { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (ProvisioningTemplateStore.Find(session, caller.Account, request.TemplateName) is not { } row)
            return ProvisioningTemplateStore.NotFound(request.TemplateName);
        session.Execute("DELETE FROM provisioning_template_version WHERE account = @Account AND template_name = @TemplateName", new { caller.Account, row.TemplateName });
        session.Execute("DELETE FROM provisioning_template WHERE account = @Account AND template_name = @TemplateName", new { caller.Account, row.TemplateName });
        ResourceTags.Clear(session, caller.Account, "provisioningtemplate/" + row.TemplateName);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DeleteProvisioningTemplate), "provisioningtemplate/" + row.TemplateName, $"version {row.DefaultVersion}", null));
        return default(Nothing);
    }, ct);
}
