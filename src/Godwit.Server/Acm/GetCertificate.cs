using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Acm;

/// <summary>GetCertificate: certificate and chain in PEM; the private key is never told.</summary>
public sealed class GetCertificate(Database database) : IOperation<GetCertificate.Request, GetCertificate.Response>
{
    public sealed record Request
    {
        public required string CertificateArn { get; init; }
    }

    public sealed record Response(string Certificate, string? CertificateChain);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read(session =>
        AcmStore.Find(session, caller.Account, request.CertificateArn).Map(found => new Response(found.CertificatePem, found.ChainPem)), ct);
}
