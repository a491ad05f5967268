using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Core.Signing;

/// <summary>What a look at a signature gave.</summary>
public enum SignatureVerdict
{
    /// <summary>The certificate's key made it over these bytes.</summary>
    Verifies,

    /// <summary>It is a signature, but not of this key over these bytes.</summary>
    DoesNotVerify,

    /// <summary>The text is not base64, as devices need it.</summary>
    NotBase64,

    /// <summary>The text in it is PEM, or base64 once more: it was encoded twice.</summary>
    EncodedTwice,

    /// <summary>The certificate's key is of another kind than the algorithm.</summary>
    OtherKey,

    /// <summary>There is no certificate to check with.</summary>
    NoCertificate,

    /// <summary>The certificate cannot be read.</summary>
    BadCertificate,
}

/// <summary>Whether a device that has this certificate would take this signature for these bytes.</summary>
public static class SignatureCheck
{
    /// <param name="text">As it stands in the job document.</param>
    /// <param name="hash">Of the image, by <paramref name="algorithm"/>'s hash.</param>
    public static SignatureVerdict Verify(CodeSigningAlgorithm algorithm, string text, byte[] hash, string? certificatePem)
    {
        if (Decode(text) is not { } signature)
            return text.Contains("-----BEGIN", StringComparison.Ordinal) ? SignatureVerdict.EncodedTwice : SignatureVerdict.NotBase64;
        if (string.IsNullOrWhiteSpace(certificatePem))
            return IsText(signature) ? SignatureVerdict.EncodedTwice : SignatureVerdict.NoCertificate;
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(certificatePem);
            var verdict = Verify(algorithm, signature, hash, certificate);
            return verdict == SignatureVerdict.DoesNotVerify && IsText(signature) ? SignatureVerdict.EncodedTwice : verdict;
        }
        catch (CryptographicException)
        {
            return SignatureVerdict.BadCertificate;
        }
    }

    /// <summary>What is wrong with the text of a signature, whatever it signs; null where nothing is.</summary>
    public static SignatureVerdict? OfText(string text) => Decode(text) is not { } signature
        ? text.Contains("-----BEGIN", StringComparison.Ordinal) ? SignatureVerdict.EncodedTwice : SignatureVerdict.NotBase64
        : IsText(signature) ? SignatureVerdict.EncodedTwice : null;

    private static SignatureVerdict Verify(CodeSigningAlgorithm algorithm, byte[] signature, byte[] hash, X509Certificate2 certificate)
    {
        if (algorithm.Encryption == CodeSigningAlgorithm.Ecdsa)
        {
            using var ecdsa = certificate.GetECDsaPublicKey();
            return ecdsa is null ? SignatureVerdict.OtherKey : Of(ecdsa.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence));
        }
        using var rsa = certificate.GetRSAPublicKey();
        return rsa is null ? SignatureVerdict.OtherKey : Of(rsa.VerifyHash(hash, signature, new HashAlgorithmName(algorithm.Hash), RSASignaturePadding.Pkcs1));
    }

    private static SignatureVerdict Of(bool verifies) => verifies ? SignatureVerdict.Verifies : SignatureVerdict.DoesNotVerify;

    private static byte[]? Decode(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Base64 or PEM inside of base64; a signature's bytes are not all printable but by a chance of none.</summary>
    private static bool IsText(byte[] bytes) => bytes.Length > 0 && bytes.All(b => b is >= 0x20 and < 0x7F or (byte)'\r' or (byte)'\n');
}
