using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;

namespace Godwit.Server.Certificates;

/// <summary>Reads a certificate that somebody else signed.</summary>
internal static class CertificateRegistration
{
    /// <summary>The one certificate in a PEM text.</summary>
    /// <param name="refuse">Words the refusal where the member is not the device's certificate.</param>
    public static Result<X509Certificate2> Read(string pem, Func<string, ServiceError>? refuse = null)
    {
        refuse ??= CertificateErrors.Invalid;
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(pem);
            if (all.Count != 1)
                return refuse($"the PEM holds {all.Count} certificates. Give one alone.");
            return PublicKeys.Refuse(all[0].PublicKey) is { } cause ? refuse(cause) : all[0];
        }
        catch (CryptographicException)
        {
            return refuse("its PEM cannot be read.");
        }
    }

    /// <summary>The status that a registration asks for; without one it is inactive.</summary>
    public static Result<string> StatusOf(string? status, bool? setAsActive) =>
        status is null ? CertificateStatus.Of(setAsActive)
        : status == CertificateStatus.RegisterInactive ? CertificateStatus.Inactive
        : CertificateStatus.CanBeSet(status) ? status
        : CertificateErrors.BadStatus("status", status);
}
