using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Godwit.Server.Storage;

namespace Godwit.Server.Tls;

/// <summary>
/// The installation's own CA, made at first start and kept in two files: it signs the server certificate that devices trust
/// and the device certificates of CreateKeysAndCertificate and CreateCertificateFromCsr. Its key is ECDSA P-256 or RSA (<see cref="TlsKey"/>).
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>When certificates made by AWS expire; the CA lives as long, so none outlives its signer.</summary>
    public static readonly DateTimeOffset Expiry = new(2049, 12, 31, 23, 59, 59, TimeSpan.Zero);

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Certificates begin a little before now: devices' clocks are not ours.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromHours(1);

    private readonly AsymmetricAlgorithm _key;
    private readonly TlsKey _kind;
    private readonly IRandomSource _random;
    private readonly TimeProvider _time;
    private readonly Lock _signing = new();

    private CertificateAuthority(X509Certificate2 certificate, AsymmetricAlgorithm key, TlsKey kind, IRandomSource random, TimeProvider time) =>
        (Certificate, _key, _kind, _random, _time) = (certificate, key, kind, random, time);

    /// <summary>The CA certificate, without its key.</summary>
    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem();

    /// <summary>Reads <c>ca.pem</c> and <c>ca-key.pem</c> (mode 0600) from a folder, or makes them there; with RSA <c>ca-rsa.pem</c> and <c>ca-rsa-key.pem</c>.</summary>
    /// <exception cref="StorageException">One file is missing, unreadable, or belongs to another CA.</exception>
    public static CertificateAuthority LoadOrCreate(string folder, IRandomSource random, TimeProvider time, TlsKey kind = TlsKey.Ecdsa)
    {
        Directory.CreateDirectory(folder);
        var (certificatePath, keyPath) = (kind.CaFile(folder), kind.CaKeyFile(folder));
        if (File.Exists(certificatePath))
            return Load(certificatePath, keyPath, kind, random, time);

        var key = NewKey(kind);
        var certificate = SelfSign(key, random, time);
        // The key first: a crash in between leaves a key that the next start replaces, never a CA without its key.
        DurableFile.Write(keyPath, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        DurableFile.Write(
            certificatePath,
            Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return new CertificateAuthority(certificate, key, kind, random, time);
    }

    /// <summary>Whether a certificate's key is of the kind that this CA gives to servers.</summary>
    public bool HasServerKey(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        return _kind == TlsKey.Ecdsa ? rsa is null : rsa?.KeySize == _kind.RsaBits();
    }

    /// <summary>Makes a server certificate with its key; the first DNS name is its common name.</summary>
    public X509Certificate2 IssueServer(IReadOnlyList<string> dnsNames, IReadOnlyList<IPAddress> addresses, TimeSpan validFor)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in dnsNames)
            names.AddDnsName(name);
        foreach (var address in addresses)
            names.AddIpAddress(address);
        using var key = NewKey(_kind);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(dnsNames[0]);
        var request = RequestFor(subject.Build(), key);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        var end = _time.GetUtcNow() + validFor;
        using var certificate = Sign(request, end < Expiry ? end : Expiry);
        return key is RSA rsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey((ECDsa)key);
    }

    /// <summary>Signs a device's public key; the certificate expires as AWS's do.</summary>
    public X509Certificate2 IssueDevice(X500DistinguishedName subject, PublicKey key) =>
        Sign(new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), Expiry);

    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    private static AsymmetricAlgorithm NewKey(TlsKey kind) =>
        kind == TlsKey.Ecdsa ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : RSA.Create(kind.RsaBits());

    private static CertificateRequest RequestFor(X500DistinguishedName subject, AsymmetricAlgorithm key) => key is RSA rsa
        ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);

    private static X509SignatureGenerator SignatureBy(AsymmetricAlgorithm key) =>
        key is RSA rsa ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1) : X509SignatureGenerator.CreateForECDsa((ECDsa)key);

    private static CertificateAuthority Load(string certificatePath, string keyPath, TlsKey kind, IRandomSource random, TimeProvider time)
    {
        try
        {
            var certificate = X509CertificateLoader.LoadCertificateFromFile(certificatePath);
            AsymmetricAlgorithm key = kind == TlsKey.Ecdsa ? ECDsa.Create() : RSA.Create();
            key.ImportFromPem(File.ReadAllText(keyPath));
            if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
                throw new StorageException($"{keyPath} is not the key of {certificatePath}. Restore both from the same backup.");
            return new CertificateAuthority(certificate, key, kind, random, time);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or IOException)
        {
            throw new StorageException($"The CA in {certificatePath} and {keyPath} cannot be read ({failure.Message}). Restore both from a backup.", failure);
        }
    }

    private static X509Certificate2 SelfSign(AsymmetricAlgorithm key, IRandomSource random, TimeProvider time)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(key is RSA ? "Godwit CA RSA" : "Godwit CA");
        subject.AddOrganizationName("Godwit");
        var request = RequestFor(subject.Build(), key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.Create(request.SubjectName, SignatureBy(key), time.GetUtcNow() - ClockSlack, Expiry, Serial(random));
    }

    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset end)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        lock (_signing)
            return request.Create(
                Certificate.SubjectName, SignatureBy(_key), _time.GetUtcNow() - ClockSlack, end, Serial(_random));
    }

    /// <summary>RFC 5280, 4.1.2.2: positive, not zero, at most 20 bytes.</summary>
    private static byte[] Serial(IRandomSource random)
    {
        var serial = new byte[16];
        random.Fill(serial);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
