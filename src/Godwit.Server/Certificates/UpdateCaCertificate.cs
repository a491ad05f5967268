using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>UpdateCACertificate — PUT /cacertificate/{caCertificateId}. Devices that are registered already are not touched by it.</summary>
public sealed class UpdateCaCertificate(Database database, RegistrationReferences references) : IOperation<UpdateCaCertificate.Request, Nothing>
{
    public sealed record Request
    {
        public required string CertificateId { get; init; }

        public string? NewStatus { get; init; }

        public string? NewAutoRegistrationStatus { get; init; }

        public RegistrationConfig? RegistrationConfig { get; init; }

        /// <summary>Ends auto registration and forgets its configuration.</summary>
        public bool? RemoveAutoRegistration { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => request switch
    {
        { RegistrationConfig: { } config } when config.Refuse() is { } templates => Refused(templates),
        { RemoveAutoRegistration: true, NewAutoRegistrationStatus: CaCertificateStore.Enabled } or { RemoveAutoRegistration: true, RegistrationConfig: not null } =>
            Refused(Errors.InvalidRequest("removeAutoRegistration cannot come with registrationConfig or with newAutoRegistrationStatus ENABLE. Give one or the other.")),
        _ => database.Change(session => Update(session, caller, request), ct),
    };

    private static Task<Result<Nothing>> Refused(ServiceError refusal) => Task.FromResult<Result<Nothing>>(refusal);

    private Result<Nothing> Update(WriteSession session, Caller caller, Request request)
    {
        if (CaCertificateStore.Find(session, caller.Account, request.CertificateId) is not { } row)
            return CaCertificateErrors.NotFound(request.CertificateId);
        if (references.Refuse(session, caller, request.RegistrationConfig) is { } missing)
            return missing;
        var removes = request.RemoveAutoRegistration is true;
        var changed = row with
        {
            Status = request.NewStatus ?? row.Status,
            AutoRegistration = removes ? CaCertificateStore.Disabled : request.NewAutoRegistrationStatus ?? row.AutoRegistration,
            RoleArn = removes ? null : request.RegistrationConfig?.RoleArn ?? row.RoleArn,
            TemplateBody = removes ? null : request.RegistrationConfig is { } config ? config.TemplateBody ?? (config.TemplateName is null ? row.TemplateBody : null) : row.TemplateBody,
            TemplateName = removes ? null : request.RegistrationConfig is { } named ? named.TemplateName ?? (named.TemplateBody is null ? row.TemplateName : null) : row.TemplateName,
        };
        if (changed == row)
            return default(Nothing);
        session.Execute(
            """
            UPDATE ca_certificate SET status = @Status, auto_registration = @AutoRegistration, role_arn = @RoleArn,
                                      template_body = @TemplateBody, template_name = @TemplateName,
                                      customer_version = customer_version + 1, modified_at_ms = @ModifiedAtMs
            WHERE account = @Account AND certificate_id = @CertificateId
            """,
            changed with { ModifiedAtMs = session.NowMs });
        session.Record(new Fact(
            caller.Account, caller.Arn, "UpdateCACertificate", CaCertificateStore.Resource(row.CertificateId), row.State, changed.State));
        return default(Nothing);
    }
}
