using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>DescribeCACertificate — GET /cacertificate/{caCertificateId}</summary>
public sealed class DescribeCaCertificate(Database database) : IOperation<DescribeCaCertificate.Request, DescribeCaCertificate.Response>
{
    public sealed record Request
    {
        public required string CertificateId { get; init; }
    }

    public sealed record Response(CaCertificateDescription CertificateDescription, RegistrationConfig? RegistrationConfig);

    public sealed record CaCertificateDescription(
        string CertificateArn,
        string CertificateId,
        string Status,
        string CertificatePem,
        string OwnedBy,
        DateTimeOffset CreationDate,
        string AutoRegistrationStatus,
        DateTimeOffset LastModifiedDate,
        long CustomerVersion,
        string GenerationId,
        DescribeCertificate.CertificateValidity Validity,
        string CertificateMode);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => CaCertificateStore.Find(session, caller.Account, request.CertificateId), ct);
        if (row is null)
            return CaCertificateErrors.NotFound(request.CertificateId);
        var description = new CaCertificateDescription(
            caller.IotArn(CaCertificateStore.Resource(row.CertificateId)),
            row.CertificateId,
            row.Status,
            row.Pem,
            row.Account,
            DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
            row.AutoRegistration,
            DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs),
            row.CustomerVersion,
            row.GenerationId,
            new DescribeCertificate.CertificateValidity(
                DateTimeOffset.FromUnixTimeMilliseconds(row.NotBeforeMs), DateTimeOffset.FromUnixTimeMilliseconds(row.NotAfterMs)),
            row.Mode);
        return new Response(description, RegistrationConfig.Of(row));
    }
}
