using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Tls;

namespace Godwit.Server.Certificates;

/// <summary>RegisterCertificate — POST /certificate/register, for a certificate that a registered, active CA of the account signed, or the installation's own.</summary>
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
        var signer = IsSignedByOurs(certificate) ? CertificateStore.IdOf(authority.Certificate) : await RegisteredSigner(caller, certificate, ct);
        if (signer is null || !Names(signer, request.CaCertificatePem))
            return CertificateErrors.Invalid(
                "no registered and active CA has signed it, or caCertificatePem is another. Register its CA with RegisterCACertificate, "
                + "or the certificate with RegisterCertificateWithoutCA, which asks for none.");
        var row = CertificateStore.RowOf(caller, certificate, status.Value, "DEFAULT", signer, random.NewUuid());
        var kept = await database.Change(session => CertificateStore.Insert(session, caller, nameof(RegisterCertificate), row), ct);
        return kept.Map(_ => new Response(caller.IotArn("cert/" + row.CertificateId), row.CertificateId));
    }

    private static bool Names(string signer, string? pem) =>
        pem is null || CertificateRegistration.Read(pem) is { IsOk: true, Value: var named } && CertificateStore.IdOf(named) == signer;

    private async Task<string?> RegisteredSigner(Caller caller, X509Certificate2 certificate, CancellationToken ct) =>
        await database.Read(session => CaCertificateStore.SignerOf(session, certificate), ct) is { Status: CertificateStatus.Active } row && row.Account == caller.Account
            ? row.CertificateId
            : null;

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
