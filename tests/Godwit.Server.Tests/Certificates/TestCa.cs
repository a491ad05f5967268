using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Server.Tests.Certificates;

/// <summary>Somebody's own CA: self-signed or below another, RSA or ECC, valid from the beginning of 2026.</summary>
public sealed class TestCa
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset FarEnd = new(2036, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509SignatureGenerator _generator;
    private readonly HashAlgorithmName _hash;

    public TestCa(string name, DateTimeOffset? end = null, TestCa? above = null, bool isCa = true, X509SignatureGenerator? generator = null, HashAlgorithmName? hash = null)
    {
        _generator = generator ?? X509SignatureGenerator.CreateForECDsa(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        _hash = hash ?? HashAlgorithmName.SHA256;
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), _generator.PublicKey, _hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isCa, false, 0, true));
        Certificate = above is null
            ? request.Create(request.SubjectName, _generator, Begin, end ?? FarEnd, RandomNumberGenerator.GetBytes(8))
            : request.Create(above.Certificate.SubjectName, above._generator, Begin, end ?? FarEnd, RandomNumberGenerator.GetBytes(8));
    }

    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem();

    public string Id => Convert.ToHexStringLower(SHA256.HashData(Certificate.RawData));

    /// <summary>A certificate with its key.</summary>
    public X509Certificate2 Sign(string commonName, DateTimeOffset? end = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, _hash);
        using var signed = request.Create(Certificate.SubjectName, _generator, Begin, end ?? FarEnd, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>What proves that the CA's key is there.</summary>
    public string Proof(string code, DateTimeOffset? end = null) => Sign(code, end).ExportCertificatePem();
}
