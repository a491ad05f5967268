using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt;

/// <summary>TLS as devices need it.</summary>
public static class TlsOptions
{
    /// <summary>
    /// Asks for a client certificate, proves that the peer holds its key, and takes any chain or none: who may connect is
    /// decided at CONNECT. One chain build without downloads or revocation, as a second one doubles the cost of a handshake;
    /// no resumption, as AWS has none.
    /// </summary>
    public static SslServerAuthenticationOptions ForDevices(SslStreamCertificateContext certificate) => new()
    {
        ServerCertificateContext = certificate,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.AllFlags,
        },
        RemoteCertificateValidationCallback = TakeAnyChain,
    };

    private static bool TakeAnyChain(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        (sender as DeviceSslStream)?.Remember(certificate, chain);
        return true;
    }
}
