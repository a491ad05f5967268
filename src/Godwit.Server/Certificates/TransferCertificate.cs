using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Access;
using Godwit.Server.Policies;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>TransferCertificate — PATCH /transfer-certificate/{certificateId}. Offers an inactive, detached certificate to another account of this installation.</summary>
public sealed class TransferCertificate(Database database, AccessKeys keys) : IOperation<TransferCertificate.Request, TransferCertificate.Response>
{
    public sealed record Request
    {
        public required string CertificateId { get; init; }

        public required string TargetAwsAccount { get; init; }

        public string? TransferMessage { get; init; }
    }

    public sealed record Response(string TransferredCertificateArn);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var to = request.TargetAwsAccount;
        if (to == caller.Account)
            return Task.FromResult<Result<Response>>(CertificateErrors.BadReceiver(to, "is the account that has the certificate. Name another one."));
        if (!keys.HasAccount(to))
            return Task.FromResult<Result<Response>>(CertificateErrors.BadReceiver(
                to, "is no account of this installation. An account is there once it has an access key: --access-key ID:SECRET:ACCOUNT."));
        return database.Change(session => Offer(session, caller, request), ct);
    }

    private static Result<Response> Offer(WriteSession session, Caller caller, Request request)
    {
        if (CertificateStore.Find(session, caller.Account, request.CertificateId) is not { } row)
            return CertificateErrors.NoCertificate(request.CertificateId);
        if (Refuse(session, caller, row) is { } refusal)
            return refusal;
        session.Execute(
            """
            UPDATE certificate SET status = @PendingTransfer, transfer_to = @TargetAwsAccount, transfer_message = @TransferMessage, transfer_at_ms = @NowMs, reject_reason = NULL,
              accept_at_ms = NULL, reject_at_ms = NULL, customer_version = customer_version + 1, modified_at_ms = @NowMs WHERE account = @Account AND certificate_id = @CertificateId
            """,
            new { CertificateStatus.PendingTransfer, request.TargetAwsAccount, request.TransferMessage, session.NowMs, caller.Account, row.CertificateId });
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(TransferCertificate), "cert/" + row.CertificateId, row.Status, CertificateStatus.PendingTransfer, "to account " + request.TargetAwsAccount));
        return new Response(Arn.Iot(caller.Region, request.TargetAwsAccount, "cert/" + row.CertificateId).ToString());
    }

    private static ServiceError? Refuse(ReadSession session, Caller caller, CertificateRow row) =>
        row.Status == CertificateStatus.PendingTransfer ? CertificateErrors.InTransfer(row.CertificateId, row.TransferTo!)
        : row.Status != CertificateStatus.Inactive ? CertificateErrors.NotInactive(row.CertificateId, row.Status)
        : PolicyAttachments.Any(session, caller.Account, "cert/" + row.CertificateId)
            ? CertificateErrors.TransferConflict(row.CertificateId, "policies are", "Detach them with DetachPolicy.")
        : PrincipalStore.ThingsOf(session, caller.Account, row.CertificateId) is { Count: > 0 } things
            ? CertificateErrors.TransferConflict(row.CertificateId, $"thing {things[0]} is", "Detach it with DetachThingPrincipal.")
        : null;
}
