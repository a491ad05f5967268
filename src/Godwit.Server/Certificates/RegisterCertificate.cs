using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Tls;

namespace Godwit.Server.Certificates;

/// <summary>RegisterCertificate — POST /certificate/register, for a certificate that a registered CA signed. The installation's own CA is the one registered.</summary>
public sealed class RegisterCertificate(Database database, CertificateAuthority authority, IRandomSource random)
    : IOperation<RegisterCertificate.Request, RegisterCertificate.Response>
{
    public sealed record Request
    {
        public required string CertificatePem { get; init; }

        public string? CaCertificatePem { get; init; }

        public bool? SetAsActive { get; init; }

        public string? Status { get; init; }
    }

    public sealed record Response(string CertificateArn, string CertificateId);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var status = CertificateRegistration.StatusOf(request.Status, request.SetAsActive);
        if (!status.IsOk)
            return status.Error;
        var read = CertificateRegistration.Read(request.CertificatePem);
        if (!read.IsOk)
            return read.Error;
        using var certificate = read.Value;
        if (!IsSignedByOurs(certificate) || !NamesOurs(request.CaCertificatePem))
            return CertificateErrors.Invalid("no registered CA has signed it. Register it with RegisterCertificateWithoutCA, which asks for none.");
        var row = CertificateStore.RowOf(
            caller, certificate, status.Value, "DEFAULT", CertificateStore.IdOf(authority.Certificate), random.NewUuid());
        var kept = await database.Change(session => CertificateStore.Insert(session, caller, nameof(RegisterCertificate), row), ct);
        return kept.Map(_ => new Response(caller.IotArn("cert/" + row.CertificateId), row.CertificateId));
    }

    private bool NamesOurs(string? pem) =>
        pem is null || CertificateRegistration.Read(pem) is { IsOk: true, Value: var named } && CertificateStore.IdOf(named) == CertificateStore.IdOf(authority.Certificate);

    private bool IsSignedByOurs(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(certificate);
    }
}
