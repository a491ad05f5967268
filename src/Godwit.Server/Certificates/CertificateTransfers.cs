using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>Offers of certificates from account to account, as their ends share them.</summary>
internal static class CertificateTransfers
{
    /// <summary>The certificate that is offered to an account, or why it is none.</summary>
    public static Result<CertificateRow> Offered(ReadSession session, string account, string certificateId) =>
        CertificateStore.FindVisible(session, account, certificateId) is not { } row ? CertificateErrors.NoCertificate(certificateId)
        : row.TransferTo == account ? row
        : row.AcceptAtMs is not null ? CertificateErrors.TransferCompleted(row.CertificateId)
        : CertificateErrors.NoTransfer(row.CertificateId);

    /// <summary>Gives a certificate back to the account that offered it, INACTIVE; both accounts' journals say so.</summary>
    public static void Return(WriteSession session, Caller caller, string operation, CertificateRow row, string? why)
    {
        session.Execute(
            """
            UPDATE certificate SET status = @Inactive, transfer_to = NULL, customer_version = customer_version + 1, modified_at_ms = @NowMs
            WHERE account = @Account AND certificate_id = @CertificateId
            """,
            new { CertificateStatus.Inactive, session.NowMs, row.Account, row.CertificateId });
        session.Record(new Fact(row.Account, caller.Arn, operation, "cert/" + row.CertificateId, CertificateStatus.PendingTransfer, CertificateStatus.Inactive, why));
        session.Record(new Fact(row.TransferTo!, caller.Arn, operation, "cert/" + row.CertificateId, "OFFERED", null, why));
    }
}
