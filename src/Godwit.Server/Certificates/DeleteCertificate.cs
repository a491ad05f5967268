using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Policies;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>DeleteCertificate — DELETE /certificates/{certificateId}. forceDelete takes its policies off; things must be detached in any case, as AWS has it.</summary>
public sealed class DeleteCertificate(Database database, DeviceRegistry devices) : IOperation<DeleteCertificate.Request, Nothing>
{
    public sealed record Request
    {
        public required string CertificateId { get; init; }

        public bool? ForceDelete { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (CertificateStore.Find(session, caller.Account, request.CertificateId) is not { } row)
            return CertificateErrors.NoCertificate(request.CertificateId);
        var target = "cert/" + row.CertificateId;
        if (row.Status == CertificateStatus.Active)
            return CertificateErrors.StillActive();
        if (row.Status == CertificateStatus.PendingTransfer)
            return CertificateErrors.InTransfer(row.CertificateId, row.TransferTo!);
        if (PrincipalStore.ThingsOf(session, caller.Account, row.CertificateId).Count > 0)
            return CertificateErrors.HasThings(caller.IotArn(target));
        if (request.ForceDelete is not true && PolicyAttachments.Any(session, caller.Account, target))
            return CertificateErrors.HasPolicies(caller.IotArn(target));
        PolicyAttachments.DetachAll(session, caller.Account, target);
        session.Execute(
            "DELETE FROM certificate WHERE account = @Account AND certificate_id = @CertificateId", new { caller.Account, row.CertificateId });
        devices.Touch(session, caller.Account, row.CertificateId);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DeleteCertificate), target, row.Status, null));
        return default(Nothing);
    }, ct);
}
