using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Mqtt.Tests.Harness;

/// <summary>A CA, a server certificate and device certificates, made once for all tests.</summary>
internal static class TestPki
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2049, 12, 31, 0, 0, 0, TimeSpan.Zero);

    private static readonly Lazy<X509Certificate2> LazyCa = new(() => Issue("CN=Test CA", issuer: null, isCa: true));
    private static readonly Lazy<X509Certificate2> LazyIntermediate = new(() => Issue("CN=Test intermediate", LazyCa.Value, isCa: true));
    private static readonly Lazy<SslStreamCertificateContext> LazyServer = new(() =>
        SslStreamCertificateContext.Create(Usable(Issue("CN=localhost", LazyCa.Value, isCa: false)), [], offline: true));

    /// <summary>Issues the devices' certificates.</summary>
    public static X509Certificate2 Intermediate => LazyIntermediate.Value;

    public static SslStreamCertificateContext Server => LazyServer.Value;

    public static X509Certificate2 Device(string name) => Usable(Issue($"CN={name}", Intermediate, isCa: false));

    public static X509Certificate2 SelfSigned(string name) => Usable(Issue($"CN={name}", issuer: null, isCa: false));

    private static X509Certificate2 Issue(string subject, X509Certificate2? issuer, bool isCa)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isCa, false, 0, critical: true));
        if (issuer is null)
            return request.CreateSelfSigned(From, Until);

        using var issued = request.Create(issuer, From, Until, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>SslStream wants keys that were loaded, not made.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
}
