using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>RegisterCertificateWithoutCA — POST /certificate/register-no-ca. Any issuer and self-signed ones: the device is known by its certificate's hash.</summary>
public sealed class RegisterCertificateWithoutCa(Database database, IRandomSource random)
    : IOperation<RegisterCertificateWithoutCa.Request, RegisterCertificateWithoutCa.Response>
{
    public sealed record Request
    {
        public required string CertificatePem { get; init; }

        public string? Status { get; init; }
    }

    public sealed record Response(string CertificateArn, string CertificateId);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var status = CertificateRegistration.StatusOf(request.Status, setAsActive: null);
        if (!status.IsOk)
            return status.Error;
        var read = CertificateRegistration.Read(request.CertificatePem);
        if (!read.IsOk)
            return read.Error;
        using var certificate = read.Value;
        var row = CertificateStore.RowOf(caller, certificate, status.Value, "SNI_ONLY", null, random.NewUuid());
        var kept = await database.Change(session => CertificateStore.Insert(session, caller, "RegisterCertificateWithoutCA", row), ct);
        return kept.Map(_ => new Response(caller.IotArn("cert/" + row.CertificateId), row.CertificateId));
    }
}
