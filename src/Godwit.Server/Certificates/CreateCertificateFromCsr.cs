using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Tls;

namespace Godwit.Server.Certificates;

/// <summary>CreateCertificateFromCsr — POST /certificates. The request proves that the device holds the key; its subject is kept, its extensions are not.</summary>
public sealed class CreateCertificateFromCsr(Database database, CertificateAuthority authority, IRandomSource random)
    : IOperation<CreateCertificateFromCsr.Request, CreateCertificateFromCsr.Response>
{
    public sealed record Request
    {
        public required string CertificateSigningRequest { get; init; }

        public bool? SetAsActive { get; init; }
    }

    public sealed record Response(string CertificateArn, string CertificateId, string CertificatePem);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var asked = Read(request.CertificateSigningRequest);
        if (!asked.IsOk)
            return asked.Error;
        using var certificate = authority.IssueDevice(asked.Value.SubjectName, asked.Value.PublicKey);
        var row = CertificateStore.RowOf(caller, certificate, CertificateStatus.Of(request.SetAsActive), "DEFAULT", null, random.NewUuid());
        var kept = await database.Change(session => CertificateStore.Insert(session, caller, nameof(CreateCertificateFromCsr), row), ct);
        return kept.Map(_ => new Response(caller.IotArn("cert/" + row.CertificateId), row.CertificateId, row.Pem));
    }

    internal static Result<CertificateRequest> Read(string pem)
    {
        try
        {
            var asked = CertificateRequest.LoadSigningRequestPem(
                pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
            return PublicKeys.Refuse(asked.PublicKey) is { } cause ? CertificateErrors.BadRequest(cause) : asked;
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or NotSupportedException)
        {
            return CertificateErrors.BadRequest("it is no PEM of a PKCS #10 request signed by its own key.");
        }
    }
}
