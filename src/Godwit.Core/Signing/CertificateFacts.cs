using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Core.Signing;

/// <summary>What matters of a signer's certificate.</summary>
/// <param name="KeyAlgorithm">ACM's name: <c>EC_prime256v1</c>, <c>RSA_2048</c>, …; null for a key that Godwit does not sign with.</param>
/// <param name="AllowsDigitalSignature">Key usage names digitalSignature, or there is none.</param>
/// <param name="AllowsCodeSigning">Extended key usage names codeSigning.</param>
public sealed record CertificateFacts(
    string Subject, string? KeyAlgorithm, DateTimeOffset NotBefore, DateTimeOffset NotAfter, bool AllowsDigitalSignature, bool AllowsCodeSigning)
{
    private const string CodeSigningUsage = "1.3.6.1.5.5.7.3.3";

    private const string P256 = "1.2.840.10045.3.1.7", P384 = "1.3.132.0.34", P521 = "1.3.132.0.35";

    /// <summary><c>ECDSA</c>, <c>RSA</c>, or null.</summary>
    public string? Encryption => KeyAlgorithm is null ? null : KeyAlgorithm.StartsWith("EC_", StringComparison.Ordinal) ? CodeSigningAlgorithm.Ecdsa : CodeSigningAlgorithm.Rsa;

    /// <summary>Reads the first certificate of a PEM text; null where there is none.</summary>
    public static CertificateFacts? Read(string pem)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            return Read(certificate);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public static CertificateFacts Read(X509Certificate2 certificate)
    {
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        var extended = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        return new CertificateFacts(
            certificate.Subject,
            KeyAlgorithmOf(certificate),
            new DateTimeOffset(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero),
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero),
            usage is null || usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature),
            extended?.EnhancedKeyUsages.Cast<Oid>().Any(use => use.Value == CodeSigningUsage) == true);
    }

    private static string? KeyAlgorithmOf(X509Certificate2 certificate)
    {
        using (var ecdsa = certificate.GetECDsaPublicKey())
        {
            if (ecdsa is not null)
                return ecdsa.ExportParameters(false).Curve.Oid?.Value switch { P256 => "EC_prime256v1", P384 => "EC_secp384r1", P521 => "EC_secp521r1", _ => null };
        }
        using var rsa = certificate.GetRSAPublicKey();
        return rsa?.KeySize switch { 1024 => "RSA_1024", 2048 => "RSA_2048", 3072 => "RSA_3072", 4096 => "RSA_4096", _ => null };
    }
}
