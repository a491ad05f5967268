using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>UpdateCertificate — PUT /certificates/{certificateId}. Anything but ACTIVE ends the certificate's connections.</summary>
public sealed class UpdateCertificate(Database database, DeviceRegistry devices) : IOperation<UpdateCertificate.Request, Nothing>
{
    public sealed record Request
    {
        public required string CertificateId { get; init; }

        public required string NewStatus { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        CertificateStatus.CanBeSet(request.NewStatus)
            ? database.Change(session => Update(session, caller, request), ct)
            : Task.FromResult<Result<Nothing>>(CertificateErrors.BadStatus("newStatus", request.NewStatus));

    private Result<Nothing> Update(WriteSession session, Caller caller, Request request)
    {
        if (CertificateStore.Find(session, caller.Account, request.CertificateId) is not { } row)
            return CertificateErrors.NoCertificate(request.CertificateId);
        if (row.Status == CertificateStatus.PendingTransfer)
            return CertificateErrors.InTransfer(row.CertificateId, row.TransferTo!);
        if (row.Status == request.NewStatus)
            return default(Nothing);
        session.Execute(
            """
            UPDATE certificate SET status = @NewStatus, customer_version = customer_version + 1, modified_at_ms = @NowMs
            WHERE account = @Account AND certificate_id = @CertificateId
            """,
            new { caller.Account, row.CertificateId, request.NewStatus, session.NowMs });
        devices.Touch(session, caller.Account, row.CertificateId);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(UpdateCertificate), "cert/" + row.CertificateId, row.Status, request.NewStatus));
        return default(Nothing);
    }
}
