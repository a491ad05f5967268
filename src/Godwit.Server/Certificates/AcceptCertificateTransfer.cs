using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Policies;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>AcceptCertificateTransfer — PATCH /accept-certificate-transfer/{certificateId}. The certificate is the accepting account's from now on.</summary>
public sealed class AcceptCertificateTransfer(Database database, DeviceRegistry devices) : IOperation<AcceptCertificateTransfer.Request, Nothing>
{
    public sealed record Request
    {
        public required string CertificateId { get; init; }

        public bool? SetAsActive { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(
        session => CertificateTransfers.Offered(session, caller.Account, request.CertificateId).Map(row => Accept(session, caller, row, CertificateStatus.Of(request.SetAsActive))), ct);

    private Nothing Accept(WriteSession session, Caller caller, CertificateRow row, string status)
    {
        var target = "cert/" + row.CertificateId;
        // What was attached after the offer was made stays behind: policies and things are of the other account.
        PolicyAttachments.DetachAll(session, row.Account, target);
        foreach (var thing in PrincipalStore.ThingsOf(session, row.Account, row.CertificateId))
            PrincipalStore.Detach(session, row.Account, thing, row.CertificateId);
        session.Execute(
            """
            UPDATE certificate SET account = @Account, region = @Region, previous_account = @From, status = @status, transfer_to = NULL, accept_at_ms = @NowMs,
              customer_version = customer_version + 1, modified_at_ms = @NowMs WHERE account = @From AND certificate_id = @CertificateId
            """,
            new { caller.Account, caller.Region, From = row.Account, status, session.NowMs, row.CertificateId });
        devices.Touch(session, row.Account, row.CertificateId);
        devices.Touch(session, caller.Account, row.CertificateId);
        session.Record(new Fact(row.Account, caller.Arn, nameof(AcceptCertificateTransfer), target, CertificateStatus.PendingTransfer, null, "accepted by account " + caller.Account));
        session.Record(new Fact(caller.Account, caller.Arn, nameof(AcceptCertificateTransfer), target, "OFFERED", status, "from account " + row.Account));
        return default;
    }
}
