using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning;

/// <summary>UpdateProvisioningTemplate — PATCH /provisioning-templates/{templateName}. What is not given stays as it is.</summary>
public sealed class UpdateProvisioningTemplate(Database database) : IOperation<UpdateProvisioningTemplate.Request, Nothing>
{
    public sealed record Request
    {
        public required string TemplateName { get; init; }

        public string? Description { get; init; }

        public bool? Enabled { get; init; }

        public int? DefaultVersionId { get; init; }

        public string? ProvisioningRoleArn { get; init; }

        public ProvisioningHook? PreProvisioningHook { get; init; }

        public bool? RemovePreProvisioningHook { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if ((TemplateRules.RefuseHook(request.PreProvisioningHook) ?? (request.ProvisioningRoleArn is { } role ? TemplateRules.RefuseRole(caller, role) : null)) is { } refusal)
            return Task.FromResult<Result<Nothing>>(refusal);
        return database.Change<Nothing>(session =>
        {
            if (ProvisioningTemplateStore.Find(session, caller.Account, request.TemplateName) is not { } old)
                return ProvisioningTemplateStore.NotFound(request.TemplateName);
            if (request.DefaultVersionId is { } version && ProvisioningTemplateStore.Version(session, caller.Account, old.TemplateName, version) is null)
                return ProvisioningTemplateStore.NoVersion(old.TemplateName, version);
            var row = old with
            {
                Description = request.Description ?? old.Description,
                Enabled = request.Enabled is { } enabled ? enabled ? 1 : 0 : old.Enabled,
                DefaultVersion = request.DefaultVersionId ?? old.DefaultVersion,
                RoleArn = request.ProvisioningRoleArn ?? old.RoleArn,
            };
            ProvisioningTemplateStore.Update(session, caller.Account, row);
            session.Record(new Fact(caller.Account, caller.Arn, nameof(UpdateProvisioningTemplate), "provisioningtemplate/" + row.TemplateName, Text(old), Text(row)));
            return default(Nothing);
        }, ct);
    }

    private static string Text(TemplateRow row) => $"version {row.DefaultVersion}, {(row.Enabled != 0 ? "enabled" : "disabled")}";
}
