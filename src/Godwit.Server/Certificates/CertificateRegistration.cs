using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;

namespace Godwit.Server.Certificates;

/// <summary>Reads a certificate that somebody else signed.</summary>
internal static class CertificateRegistration
{
    /// <summary>The one certificate in a PEM text.</summary>
    public static Result<X509Certificate2> Read(string pem)
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(pem);
            if (all.Count != 1)
                return CertificateErrors.Invalid($"the PEM holds {all.Count} certificates. Give the device's certificate alone.");
            return PublicKeys.Refuse(all[0].PublicKey) is { } cause ? CertificateErrors.Invalid(cause) : all[0];
        }
        catch (CryptographicException)
        {
            return CertificateErrors.Invalid("its PEM cannot be read.");
        }
    }

    /// <summary>The status that a registration asks for; without one it is inactive.</summary>
    public static Result<string> StatusOf(string? status, bool? setAsActive) =>
        status is null ? CertificateStatus.Of(setAsActive)
        : status == CertificateStatus.RegisterInactive ? CertificateStatus.Inactive
        : CertificateStatus.CanBeSet(status) ? status
        : CertificateErrors.BadStatus("status", status);
}
