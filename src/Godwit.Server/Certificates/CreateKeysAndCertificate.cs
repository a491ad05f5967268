using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Tls;

namespace Godwit.Server.Certificates;

/// <summary>CreateKeysAndCertificate — POST /keys-and-certificate. The private key is in this answer and nowhere else.</summary>
public sealed class CreateKeysAndCertificate(Database database, CertificateAuthority authority, IRandomSource random)
    : IOperation<CreateKeysAndCertificate.Request, CreateKeysAndCertificate.Response>
{
    private const int KeyBits = 2048;

    /// <summary>The subject that AWS gives certificates whose keys it makes.</summary>
    private static readonly X500DistinguishedName Subject = new("CN=AWS IoT Certificate");

    public sealed record Request
    {
        public bool? SetAsActive { get; init; }
    }

    public sealed record Response(string CertificateArn, string CertificateId, string CertificatePem, KeyPair KeyPair);

    public sealed record KeyPair([property: JsonPropertyName("PublicKey")] string PublicKey, [property: JsonPropertyName("PrivateKey")] string PrivateKey)
    {
        /// <summary>A private key must not reach a log by way of a record's text.</summary>
        public override string ToString() => nameof(KeyPair);
    }

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        using var key = RSA.Create(KeyBits);
        using var certificate = authority.IssueDevice(Subject, new PublicKey(key));
        var row = CertificateStore.RowOf(caller, certificate, CertificateStatus.Of(request.SetAsActive), "DEFAULT", null, random.NewUuid());
        var kept = await database.Change(session => CertificateStore.Insert(session, caller, nameof(CreateKeysAndCertificate), row), ct);
        if (!kept.IsOk)
            return kept.Error;
        return new Response(
            caller.IotArn("cert/" + row.CertificateId), row.CertificateId, row.Pem,
            new KeyPair(key.ExportSubjectPublicKeyInfoPem() + "\n", key.ExportRSAPrivateKeyPem() + "\n"));
    }
}
