using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Acm.Tokens;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Acm;

/// <summary>
/// ImportCertificate: certificate, private key and chain in PEM; with an ARN, in place of what that ARN has. In place of the private key a PKCS #11 URI may name a key in a token.
/// </summary>
public sealed class ImportCertificate(Database database, AcmKeys keys, TokenKeys tokens, IRandomSource random, TimeProvider time) : IOperation<ImportCertificate.Request, ImportCertificate.Response>
{
    /// <summary>AWS: ACM quotas > certificates in an account.</summary>
    private const int CertificatesMax = 2500;

    public sealed record Request
    {
        public string? CertificateArn { get; init; }

        public required byte[] Certificate { get; init; }

        public required byte[] PrivateKey { get; init; }

        public byte[]? CertificateChain { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }

        // Records print their members, and a key must never reach a log.
        public override string ToString() => $"ImportCertificate {CertificateArn}";
    }

    public sealed record Response(string CertificateArn);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request is { CertificateArn: not null, Tags.Count: > 0 })
            return AcmErrors.Validation("Tags cannot be given when a certificate is imported again. Use AddTagsToCertificate.");
        var key = Encoding.ASCII.GetString(request.PrivateKey);
        var parts = CertificateParts.Read(
            request.Certificate, request.CertificateChain, time.GetUtcNow(),
            certificate => TokenKeys.IsName(key) ? tokens.Prove(caller.Account, key, certificate).Map(name => new ImportedKey(null, name)) : ImportedKey.Read(certificate, key));
        if (!parts.IsOk)
            return parts.Error;
        using var read = parts.Value;
        return await database.Change(session => Store(session, caller, request, read), ct);
    }

    private Result<Response> Store(WriteSession session, Caller caller, Request request, CertificateParts read)
    {
        var before = request.CertificateArn is { } arn ? AcmStore.Find(session, caller.Account, arn) : (Result<AcmCertificate>?)null;
        if (before is { IsOk: false, Error: { } missing })
            return missing;
        if (before is { Value: { } known } && Refuse(known, read) is { } refused)
            return refused;
        if (before is null && AcmStore.Count(session, caller.Account) >= CertificatesMax)
            return AcmErrors.LimitExceeded($"The account has {CertificatesMax} certificates, which is the most. Delete some.");
        var (owner, id) = (before is { } old ? caller with { Region = old.Value.Region } : caller, before?.Value.CertificateId ?? random.NewUuid());
        var (certificate, sealedKey) = read.Key.InToken is { } name
            ? AcmKeys.InToken(owner, id, read.Certificate, read.ChainPem, name)
            : keys.Sealed(owner, id, AcmCertificate.Imported, read.Certificate, read.ChainPem, read.Key.Given!);
        AcmStore.Put(session, caller, certificate, sealedKey, nameof(ImportCertificate));
        return AcmTags.Put(session, certificate, request.Tags).Map(_ => new Response(certificate.Arn));
    }

    /// <summary>AWS: importing again > the new certificate must have the old one's key type and subject to keep what uses it working.</summary>
    private static ServiceError? Refuse(AcmCertificate known, CertificateParts read)
    {
        if (known.Type != AcmCertificate.Imported)
            return AcmErrors.Validation($"Certificate {known.Arn} was made here, not imported; only an imported one can be imported again. Import without CertificateArn, for an ARN of its own.");
        var now = CertificateFacts.Read(read.Certificate).KeyAlgorithm;
        return now == known.KeyAlgorithm
            ? null
            : AcmErrors.Validation($"The certificate's key is {now} and the one it replaces is {known.KeyAlgorithm}. Import it without CertificateArn, for an ARN of its own.");
    }
}

/// <summary>What ImportCertificate was given, read and found to belong together.</summary>
internal sealed record CertificateParts(X509Certificate2 Certificate, ImportedKey Key, string? ChainPem) : IDisposable
{
    public void Dispose()
    {
        Certificate.Dispose();
        Key.Dispose();
    }

    public static Result<CertificateParts> Read(byte[] certificate, byte[]? chain, DateTimeOffset now, Func<X509Certificate2, Result<ImportedKey>> keyOf)
    {
        var opened = ReadCertificate(certificate);
        if (!opened.IsOk)
            return opened.Error;
        var read = opened.Value;
        var facts = CertificateFacts.Read(read);
        var refused = facts.KeyAlgorithm is null ? AcmErrors.Validation("Certificate has a key of a kind that is not supported. Use RSA of 2048, 3072 or 4096 bits, or ECDSA on P-256, P-384 or P-521.")
            : now > facts.NotAfter ? AcmErrors.Validation($"The certificate expired on {facts.NotAfter:u}. Import one that is valid.")
            : now < facts.NotBefore ? AcmErrors.Validation($"The certificate is valid from {facts.NotBefore:u} on, which has not come yet. Import one that is valid, and look at this machine's clock.")
            : null;
        var key = refused is null ? keyOf(read) : refused;
        var chainText = key.IsOk ? ReadChain(read, chain) : key.Error;
        if (chainText.IsOk)
            return new CertificateParts(read, key.Value, chainText.Value.Length == 0 ? null : chainText.Value);
        read.Dispose();
        if (key.IsOk)
            key.Value.Dispose();
        return chainText.Error;
    }

    private static Result<X509Certificate2> ReadCertificate(byte[] pem)
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(Encoding.ASCII.GetString(pem));
            if (all.Count == 1)
                return all[0];
            return AcmErrors.Validation(all.Count == 0
                ? "The certificate field contains no certificate in PEM. Give the text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."
                : "The certificate field contains more than one certificate. You can specify only one certificate in this field; the others belong into CertificateChain.");
        }
        catch (CryptographicException)
        {
            return AcmErrors.Validation("Unable to parse certificate. Please ensure the certificate is in PEM format.");
        }
    }

    /// <summary>Each certificate of the chain signed the one before it. AWS: ImportCertificate > the chain may end in its root or before.</summary>
    private static Result<string> ReadChain(X509Certificate2 certificate, byte[]? pem)
    {
        if (pem is null)
            return "";
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(Encoding.ASCII.GetString(pem));
        }
        catch (CryptographicException)
        {
            return AcmErrors.Validation("Unable to parse certificate chain. Please ensure the chain is in PEM format.");
        }
        var (text, below) = (new StringBuilder(), certificate);
        foreach (var above in all)
        {
            if (!ChainLink.Signed(above, below))
                return AcmErrors.Validation($"Could not validate the certificate with the certificate chain: '{above.Subject}' did not sign '{below.Subject}'. Put the issuers in order, each behind the certificate that it signed.");
            text.Append(above.ExportCertificatePem()).Append('\n');
            below = above;
        }
        foreach (var one in all)
            one.Dispose();
        return text.Length > 0 ? text.ToString() : AcmErrors.Validation("Unable to parse certificate chain. Please ensure the chain is in PEM format.");
    }
}

/// <summary>The private key of what is imported: given, or named in a token.</summary>
internal sealed record ImportedKey(AsymmetricAlgorithm? Given, string? InToken) : IDisposable
{
    public void Dispose() => Given?.Dispose();

    public static Result<ImportedKey> Read(X509Certificate2 certificate, string text)
    {
        if (text.Contains("ENCRYPTED", StringComparison.Ordinal))
            return AcmErrors.Validation("The private key is encrypted. Remove its passphrase first, for example with openssl pkey -in key.pem -out plain.pem.");
        using var ecdsaOfCertificate = certificate.GetECDsaPublicKey();
        AsymmetricAlgorithm key = ecdsaOfCertificate is not null ? ECDsa.Create() : RSA.Create();
        try
        {
            key.ImportFromPem(text);
            if (key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
                return new ImportedKey(key, null);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            key.Dispose();
            return AcmErrors.Validation("The private key is not supported or does not match the certificate: it must be one unencrypted key in PEM, of the certificate's kind.");
        }
        key.Dispose();
        return AcmErrors.Validation("The private key does not match the certificate. Give the key that the certificate was made for.");
    }
}
