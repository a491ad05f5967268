using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Provisioning;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Provisioning;

/// <summary>CreateProvisioningTemplate — POST /provisioning-templates</summary>
public sealed class CreateProvisioningTemplate(Database database) : IOperation<CreateProvisioningTemplate.Request, CreateProvisioningTemplate.Response>
{
    public sealed record Request
    {
        public required string TemplateName { get; init; }

        public string? Description { get; init; }

        public required string TemplateBody { get; init; }

        public bool? Enabled { get; init; }

        public required string ProvisioningRoleArn { get; init; }

        public ProvisioningHook? PreProvisioningHook { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }

        public string? Type { get; init; }
    }

    public sealed record Response(string TemplateArn, string TemplateName, int DefaultVersionId);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var refusal = TemplateRules.RefuseHook(request.PreProvisioningHook) ?? TemplateRules.RefuseRole(caller, request.ProvisioningRoleArn)
            ?? ProvisioningTemplate.Read(request.TemplateBody).Error;
        return refusal is null ? database.Change(session => Create(session, caller, request), ct) : Task.FromResult<Result<Response>>(refusal);
    }

    private static Result<Response> Create(WriteSession session, Caller caller, Request request)
    {
        var resource = "provisioningtemplate/" + request.TemplateName;
        var arn = caller.IotArn(resource);
        if (ProvisioningTemplateStore.Exists(session, caller.Account, request.TemplateName))
            return Errors.ResourceAlreadyExists($"Provisioning template {request.TemplateName} already exists. Change it with UpdateProvisioningTemplate.", request.TemplateName, arn);
        session.Execute(
            """
            INSERT INTO provisioning_template
              (account, template_name, description, enabled, role_arn, template_type, default_version, last_version, created_at_ms, modified_at_ms)
            VALUES (@Account, @TemplateName, @Description, @enabled, @ProvisioningRoleArn, @type, 1, 1, @NowMs, @NowMs)
            """,
            new
            {
                caller.Account, request.TemplateName, request.Description, enabled = request.Enabled is true ? 1 : 0, request.ProvisioningRoleArn,
                type = request.Type ?? "FLEET_PROVISIONING", session.NowMs,
            });
        ProvisioningTemplateStore.AddVersion(session, caller.Account, request.TemplateName, 1, request.TemplateBody);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(CreateProvisioningTemplate), resource, null, "version 1"));
        return ResourceTags.Put(session, caller.Account, resource, request.Tags).Map(_ => new Response(arn, request.TemplateName, 1));
    }
}

/// <summary>A function that would be asked before a device is provisioned.</summary>
public sealed record ProvisioningHook
{
    public string? PayloadVersion { get; init; }

    public string? TargetArn { get; init; }
}
