using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Access;
using Godwit.Server.Acm.Tokens;
using Godwit.Server.Storage;

namespace Godwit.Server.Acm;

/// <summary>Who uses a certificate; such a one is not deleted. Slices that use certificates register theirs.</summary>
public sealed record AcmUsage(Func<ReadSession, string, string, IReadOnlyList<string>> UsersOf);

/// <summary>The way of other slices to certificates and to what their keys do. A key leaves its seal for one signature at a time and is never handed out; one in a token never leaves the token.</summary>
public sealed class AcmKeys(Database database, SecretSeal seal, TokenKeys tokens, IRandomSource random, TimeProvider time)
{
    /// <summary>How long a certificate that was made here is good: devices keep it for their life.</summary>
    private const int OwnYears = 30;

    public Task<Result<AcmCertificate>> Find(string account, string arn, CancellationToken ct) => database.Read(session => AcmStore.Find(session, account, arn), ct);

    /// <summary>Signs a hash: DER for ECDSA, PKCS #1 for RSA. Refused where the key is in a token that does not sign now.</summary>
    /// <exception cref="CryptographicException">The key was sealed with another key, or does not do this.</exception>
    public async Task<Result<byte[]>> SignHash(AcmCertificate certificate, CodeSigningAlgorithm algorithm, byte[] hash, CancellationToken ct)
    {
        if (certificate.TokenKey is { } name)
        {
            using var opened = certificate.Open();
            return tokens.SignHash(name, opened, algorithm, hash);
        }
        var sealedKey = await database.Read(session => AcmStore.SealedKey(session, certificate), ct);
        var pkcs8 = seal.UnsealBytes(sealedKey, Context(certificate.Account, certificate.CertificateId));
        try
        {
            if (algorithm.Encryption == CodeSigningAlgorithm.Ecdsa)
            {
                using var ecdsa = ECDsa.Create();
                ecdsa.ImportPkcs8PrivateKey(pkcs8, out _);
                return ecdsa.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
            }
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(pkcs8, out _);
            return rsa.SignHash(hash, new HashAlgorithmName(algorithm.Hash), RSASignaturePadding.Pkcs1);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>A key and a self-signed code-signing certificate made here; <see cref="Keep"/> stores it.</summary>
    public (AcmCertificate Certificate, byte[] SealedKey) Make(Caller caller, string commonName, CodeSigningAlgorithm algorithm)
    {
        using var ecdsa = algorithm.Encryption == CodeSigningAlgorithm.Ecdsa ? ECDsa.Create(algorithm.Hash is "SHA384" or "SHA512" ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256) : null;
        using var rsa = ecdsa is null ? RSA.Create(algorithm.Hash is "SHA384" or "SHA512" ? 3072 : 2048) : null;
        // A certificate's own signature is never SHA-1, whatever the platform's devices verify images with.
        var hash = algorithm.Hash is "SHA384" or "SHA512" ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;
        var request = ecdsa is not null
            ? new CertificateRequest($"CN={commonName}", ecdsa, hash)
            : new CertificateRequest($"CN={commonName}", rsa!, hash, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], false));
        var now = time.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddMinutes(-5), now.AddYears(OwnYears));
        return Sealed(caller, random.NewUuid(), AcmCertificate.MadeHere, made, null, (AsymmetricAlgorithm?)ecdsa ?? rsa!);
    }

    /// <summary>Stores what <see cref="Make"/> made, in the transaction of what uses it.</summary>
    public static void Keep(WriteSession session, Caller caller, (AcmCertificate Certificate, byte[] SealedKey) made) =>
        AcmStore.Put(session, caller, made.Certificate, made.SealedKey, "MakeCertificate");

    internal (AcmCertificate Certificate, byte[] SealedKey) Sealed(Caller caller, string id, string type, X509Certificate2 certificate, string? chainPem, AsymmetricAlgorithm key)
    {
        var pkcs8 = key.ExportPkcs8PrivateKey();
        try
        {
            var kept = Kept(caller, id, type, certificate, chainPem);
            return (kept, seal.Seal(pkcs8, Context(kept.Account, id)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>A certificate whose key is named and stays where it is; there is nothing to seal.</summary>
    internal static (AcmCertificate Certificate, byte[] SealedKey) InToken(Caller caller, string id, X509Certificate2 certificate, string? chainPem, string tokenKey) =>
        (Kept(caller, id, AcmCertificate.Imported, certificate, chainPem) with { TokenKey = tokenKey }, []);

    private static AcmCertificate Kept(Caller caller, string id, string type, X509Certificate2 certificate, string? chainPem) => new()
    {
        Account = caller.Account,
        CertificateId = id,
        Region = caller.Region,
        Type = type,
        CertificatePem = certificate.ExportCertificatePem() + "\n",
        ChainPem = chainPem,
        KeyAlgorithm = CertificateFacts.Read(certificate).KeyAlgorithm!,
    };

    private static string Context(string account, string id) => $"acm/{account}/{id}";
}
