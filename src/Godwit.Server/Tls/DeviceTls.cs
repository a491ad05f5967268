using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Godwit.Mqtt;

namespace Godwit.Server.Tls;

/// <summary>The handshake as devices in the field need it.</summary>
public static class DeviceTls
{
    /// <summary>
    /// AWS: the suites of its TLS 1.2 and 1.3 policies that have forward secrecy. The runtime's own choice leaves CBC with SHA-1 out, which mbedTLS builds
    /// of older devices still need; CCM is for modems that have little else.
    /// </summary>
    private static readonly TlsCipherSuite[] Suites =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    ];

    /// <summary>Any client certificate passes, none included: who it is and whether it may is decided behind the handshake, in one place.</summary>
    public static SslServerAuthenticationOptions ServerOptions(SslStreamCertificateContext certificate)
    {
        var options = TlsOptions.ForDevices(certificate);
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            options.CipherSuitesPolicy = new CipherSuitesPolicy(Suites);
        return options;
    }
}
