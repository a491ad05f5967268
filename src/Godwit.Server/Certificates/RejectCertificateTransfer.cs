using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>RejectCertificateTransfer — PATCH /reject-certificate-transfer/{certificateId}. The certificate goes back, with the reason.</summary>
public sealed class RejectCertificateTransfer(Database database) : IOperation<RejectCertificateTransfer.Request, Nothing>
{
    public sealed record Request
    {
        public required string CertificateId { get; init; }

        public string? RejectReason { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(
        session => CertificateTransfers.Offered(session, caller.Account, request.CertificateId).Map(row => Reject(session, caller, row, request.RejectReason)), ct);

    private static Nothing Reject(WriteSession session, Caller caller, CertificateRow row, string? reason)
    {
        session.Execute(
            "UPDATE certificate SET reject_reason = @reason, reject_at_ms = @NowMs WHERE account = @Account AND certificate_id = @CertificateId",
            new { reason, session.NowMs, row.Account, row.CertificateId });
        CertificateTransfers.Return(session, caller, nameof(RejectCertificateTransfer), row, reason);
        return default;
    }
}
