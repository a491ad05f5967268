using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Server.Tests.Signing;

/// <summary>A code-signing certificate and its key, as openssl makes them for AWS's instructions.</summary>
internal sealed class TestSigner : IDisposable
{
    private TestSigner(AsymmetricAlgorithm key, X509Certificate2 certificate) => (Key, Certificate) = (key, certificate);

    public AsymmetricAlgorithm Key { get; }

    public X509Certificate2 Certificate { get; }

    public string CertificatePem => Certificate.ExportCertificatePem() + "\n";

    public string KeyPem => Key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <param name="kind"><c>P-256</c>, <c>P-384</c>, or an RSA size.</param>
    public static TestSigner Make(string kind = "P-256", bool expired = false)
    {
        var now = TimeProvider.System.GetUtcNow();
        var (from, to) = expired ? (now.AddYears(-2), now.AddYears(-1)) : (now.AddDays(-1), now.AddYears(10));
        AsymmetricAlgorithm key = kind.StartsWith('P')
            ? ECDsa.Create(kind == "P-256" ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384)
            : RSA.Create(int.Parse(kind, System.Globalization.CultureInfo.InvariantCulture));
        var request = key is ECDsa ecdsa
            ? new CertificateRequest("CN=signer@example.com", ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest("CN=signer@example.com", (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], false));
        return new TestSigner(key, request.CreateSelfSigned(from, to));
    }

    public bool Made(byte[] image, byte[] signature, string hash) => Key is ECDsa ecdsa
        ? ecdsa.VerifyData(image, signature, new HashAlgorithmName(hash), DSASignatureFormat.Rfc3279DerSequence)
        : ((RSA)Key).VerifyData(image, signature, new HashAlgorithmName(hash), RSASignaturePadding.Pkcs1);

    /// <summary>What a device has of it.</summary>
    public AsymmetricAlgorithm PublicKey()
    {
        AsymmetricAlgorithm key = Key is ECDsa ? ECDsa.Create() : RSA.Create();
        key.ImportSubjectPublicKeyInfo(Key.ExportSubjectPublicKeyInfo(), out _);
        return key;
    }

    public void Dispose()
    {
        Key.Dispose();
        Certificate.Dispose();
    }
}
