using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>CancelCertificateTransfer — PATCH /cancel-certificate-transfer/{certificateId}, by the account that offers it and before the other has accepted.</summary>
public sealed class CancelCertificateTransfer(Database database) : IOperation<CancelCertificateTransfer.Request, Nothing>
{
    public sealed record Request
    {
        public required string CertificateId { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (CertificateStore.Find(session, caller.Account, request.CertificateId) is not { } row)
            return WasOurs(session, caller, request.CertificateId) ? CertificateErrors.TransferCompleted(request.CertificateId) : CertificateErrors.NoCertificate(request.CertificateId);
        if (row.TransferTo is null)
            return CertificateErrors.NoTransfer(row.CertificateId);
        session.Execute(
            "UPDATE certificate SET transfer_message = NULL, transfer_at_ms = NULL WHERE account = @Account AND certificate_id = @CertificateId", new { row.Account, row.CertificateId });
        CertificateTransfers.Return(session, caller, nameof(CancelCertificateTransfer), row, null);
        return default(Nothing);
    }, ct);

    private static bool WasOurs(ReadSession session, Caller caller, string certificateId) => session.First<long>(
        "SELECT 1 FROM certificate WHERE certificate_id = @id AND previous_account = @Account", new { id = certificateId.ToLowerInvariant(), caller.Account }) != 0;
}
