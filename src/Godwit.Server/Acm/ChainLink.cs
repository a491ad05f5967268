using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Server.Acm;

/// <summary>Whether one certificate signed another, by those two alone; no store of the machine is asked and no date is looked at.</summary>
internal static class ChainLink
{
    public static bool Signed(X509Certificate2 issuer, X509Certificate2 certificate)
    {
        if (!certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData))
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(issuer);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid | X509VerificationFlags.AllowUnknownCertificateAuthority
            | X509VerificationFlags.IgnoreInvalidBasicConstraints | X509VerificationFlags.IgnoreWrongUsage | X509VerificationFlags.IgnoreInvalidPolicy;
        try
        {
            return chain.Build(certificate) && chain.ChainElements.Count > 1 || SelfSigned(issuer, certificate);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>A self-signed certificate may be given as its own chain.</summary>
    private static bool SelfSigned(X509Certificate2 issuer, X509Certificate2 certificate) => issuer.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span);
}
