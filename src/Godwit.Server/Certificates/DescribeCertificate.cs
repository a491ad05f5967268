using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>DescribeCertificate — GET /certificates/{certificateId}</summary>
public sealed class DescribeCertificate(Database database) : IOperation<DescribeCertificate.Request, DescribeCertificate.Response>
{
    public sealed record Request
    {
        public required string CertificateId { get; init; }
    }

    public sealed record Response(CertificateDescription CertificateDescription);

    public sealed record CertificateDescription(
        string CertificateArn,
        string CertificateId,
        string? CaCertificateId,
        string Status,
        string CertificatePem,
        string OwnedBy,
        string? PreviousOwnedBy,
        DateTimeOffset CreationDate,
        DateTimeOffset LastModifiedDate,
        long CustomerVersion,
        TransferData? TransferData,
        string GenerationId,
        CertificateValidity Validity,
        string CertificateMode);

    public sealed record CertificateValidity(DateTimeOffset NotBefore, DateTimeOffset NotAfter);

    public sealed record TransferData(
        string? TransferMessage, string? RejectReason, DateTimeOffset? TransferDate, DateTimeOffset? AcceptDate, DateTimeOffset? RejectDate);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => CertificateStore.FindVisible(session, caller.Account, request.CertificateId), ct);
        if (row is null)
            return CertificateErrors.NoCertificate(request.CertificateId);
        return new Response(new CertificateDescription(
            Arn.Iot(caller.Region, row.Account, "cert/" + row.CertificateId).ToString(),
            row.CertificateId,
            row.CaCertificateId,
            row.Status,
            row.Pem,
            row.Account,
            row.PreviousAccount,
            DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
            DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs),
            row.CustomerVersion,
            TransferOf(row),
            row.GenerationId,
            new CertificateValidity(DateTimeOffset.FromUnixTimeMilliseconds(row.NotBeforeMs), DateTimeOffset.FromUnixTimeMilliseconds(row.NotAfterMs)),
            row.Mode));
    }

    private static TransferData? TransferOf(CertificateRow row) => row.TransferAtMs is null
        ? null
        : new TransferData(row.TransferMessage, row.RejectReason, TimeOf(row.TransferAtMs), TimeOf(row.AcceptAtMs), TimeOf(row.RejectAtMs));

    private static DateTimeOffset? TimeOf(long? ms) => ms is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
