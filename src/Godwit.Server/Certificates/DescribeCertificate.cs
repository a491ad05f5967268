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
        DateTimeOffset CreationDate,
        DateTimeOffset LastModifiedDate,
        long CustomerVersion,
        string GenerationId,
        CertificateValidity Validity,
        string CertificateMode);

    public sealed record CertificateValidity(DateTimeOffset NotBefore, DateTimeOffset NotAfter);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => CertificateStore.Find(session, caller.Account, request.CertificateId), ct);
        if (row is null)
            return CertificateErrors.NoCertificate(request.CertificateId);
        return new Response(new CertificateDescription(
            caller.IotArn("cert/" + row.CertificateId),
            row.CertificateId,
            row.CaCertificateId,
            row.Status,
            row.Pem,
            row.Account,
            DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
            DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs),
            row.CustomerVersion,
            row.GenerationId,
            new CertificateValidity(DateTimeOffset.FromUnixTimeMilliseconds(row.NotBeforeMs), DateTimeOffset.FromUnixTimeMilliseconds(row.NotAfterMs)),
            row.Mode));
    }
}
