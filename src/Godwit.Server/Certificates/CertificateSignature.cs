using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Server.Certificates;

/// <summary>
/// Whether one certificate signed another, by those two alone: no store of the machine is asked, and a CA that only has the right name fails.
/// Taken are the signatures that AWS takes of a CA: RSA (PKCS #1 and PSS) and ECDSA, with SHA-256, SHA-384 or SHA-512.
/// </summary>
internal static class CertificateSignature
{
    private const string RsaPss = "1.2.840.113549.1.1.10";

    private static readonly Asn1Tag PssHash = new(TagClass.ContextSpecific, 0);

    /// <summary>The issuer's name is the signer's subject, byte by byte, and the signature is of the signer's key. Dates are not looked at.</summary>
    public static bool IsBy(X509Certificate2 certificate, X509Certificate2 signer)
    {
        if (!certificate.IssuerName.RawData.AsSpan().SequenceEqual(signer.SubjectName.RawData))
            return false;
        try
        {
            // RFC 5280, 4.1: what is signed, by which algorithm, the signature.
            var parts = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
            var signed = parts.ReadEncodedValue();
            var algorithm = parts.ReadSequence();
            return Verifies(signer.PublicKey, algorithm, signed.Span, parts.ReadBitString(out _));
        }
        catch (Exception failure) when (failure is CryptographicException or AsnContentException)
        {
            return false;
        }
    }

    private static bool Verifies(PublicKey key, AsnReader algorithm, ReadOnlySpan<byte> signed, byte[] signature)
    {
        var oid = algorithm.ReadObjectIdentifier();
        var hash = oid == RsaPss ? PssHashOf(algorithm) : HashOf(oid);
        if (hash is not { } name)
            return false;
        if (IsEcdsa(oid))
        {
            using var ecdsa = key.GetECDsaPublicKey();
            return ecdsa is not null && ecdsa.VerifyData(signed, signature, name, DSASignatureFormat.Rfc3279DerSequence);
        }
        using var rsa = key.GetRSAPublicKey();
        return rsa is not null && rsa.VerifyData(signed, signature, name, oid == RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }

    private static bool IsEcdsa(string oid) => oid.StartsWith("1.2.840.10045.4.3.", StringComparison.Ordinal);

    private static HashAlgorithmName? HashOf(string oid) => oid switch
    {
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" or "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" or "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" or "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
        _ => null,
    };

    /// <summary>RFC 4055, 3.1: without a hash it is SHA-1, which is not taken.</summary>
    private static HashAlgorithmName? PssHashOf(AsnReader algorithm)
    {
        var parameters = algorithm.ReadSequence();
        return parameters.HasData && parameters.PeekTag().HasSameClassAndValue(PssHash)
            ? HashOf(parameters.ReadSequence(PssHash).ReadSequence().ReadObjectIdentifier())
            : null;
    }
}
