using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Godwit.Server.Storage;

namespace Godwit.Server.Tls;

/// <summary>
/// The certificate by which devices know the service: ECDSA P-256 or RSA as its CA is, signed by the installation's own CA, kept in two files and made anew
/// when the names it must carry have changed or its end is near. The device needs only the CA, so a new one asks nothing of it.
/// </summary>
public sealed class ServerCertificate : IDisposable
{
    private static readonly TimeSpan ValidFor = TimeSpan.FromDays(397);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(60);

    private readonly CertificateAuthority _authority;
    private readonly string _certificatePath;
    private readonly string _keyPath;
    private readonly CertificateNames _names;
    private readonly TimeProvider _time;
    private X509Certificate2 _certificate;

    private ServerCertificate(CertificateAuthority authority, string folder, CertificateNames names, TimeProvider time)
    {
        (_authority, _names, _time) = (authority, names, time);
        (_certificatePath, _keyPath) = (Path.Combine(folder, "server.pem"), Path.Combine(folder, "server-key.pem"));
        _certificate = Load() is { } kept && IsGood(kept) ? kept : Issue();
        Context = ContextOf(_certificate);
    }

    /// <summary>For handshakes: the leaf alone, as every device holds its issuer.</summary>
    public SslStreamCertificateContext Context { get; private set; }

    public X509Certificate2 Certificate => _certificate;

    public static ServerCertificate LoadOrIssue(CertificateAuthority authority, string folder, CertificateNames names, TimeProvider time) =>
        new(authority, folder, names, time);

    /// <summary>Makes a new one if the present one's end is near; true if so. Call it now and then: a service may run for years.</summary>
    public bool RenewIfDue()
    {
        if (IsGood(_certificate))
            return false;
        _certificate = Issue();
        Context = ContextOf(_certificate);
        return true;
    }

    public void Dispose() => _certificate.Dispose();

    // The leaf alone: a short chain is a short handshake, and no store of the system is asked.
    private static SslStreamCertificateContext ContextOf(X509Certificate2 certificate) =>
        SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);

    private X509Certificate2 Issue()
    {
        var certificate = _authority.IssueServer(_names.Dns, _names.Addresses, ValidFor);
        using AsymmetricAlgorithm key = certificate.GetECDsaPrivateKey() is { } ecdsa ? ecdsa : certificate.GetRSAPrivateKey()!;
        DurableFile.Write(_keyPath, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        DurableFile.Write(
            _certificatePath,
            Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return certificate;
    }

    /// <summary>Null where there is none, or where the files do not belong together: a crash between the two writes is mended by a new one.</summary>
    private X509Certificate2? Load()
    {
        if (!File.Exists(_certificatePath) || !File.Exists(_keyPath))
            return null;
        try
        {
            return X509Certificate2.CreateFromPemFile(_certificatePath, _keyPath);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private bool IsGood(X509Certificate2 certificate)
    {
        var now = _time.GetUtcNow();
        return new DateTimeOffset(certificate.NotBefore) <= now
            && now < new DateTimeOffset(certificate.NotAfter) - RenewBefore
            && _authority.HasServerKey(certificate)
            && IsOurs(certificate)
            && _names.AreThoseOf(certificate);
    }

    private bool IsOurs(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        return chain.Build(certificate);
    }
}

/// <summary>The names and addresses under which devices may reach the service.</summary>
/// <param name="Dns">At least one; lower case.</param>
public sealed record CertificateNames(IReadOnlyList<string> Dns, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>This host's name and addresses, loopback, and what the options name.</summary>
    public static CertificateNames OfThisHost(ServerOptions options)
    {
        var given = options.Hosts.Append(options.Listen).Append(HostName());
        var dns = new List<string> { "localhost" };
        var addresses = new List<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback };
        foreach (var name in given)
            if (IPAddress.TryParse(name, out var address))
                addresses.Add(address);
            else if (Uri.CheckHostName(name.Replace("*.", "", StringComparison.Ordinal)) == UriHostNameType.Dns)
                dns.Add(name.ToLowerInvariant());
        addresses.AddRange(InterfaceAddresses());
        return new CertificateNames(
            [.. dns.Distinct()],
            [.. addresses.Where(address => !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)).Distinct()]);
    }

    public bool AreThoseOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return names is not null
            && names.EnumerateDnsNames().ToHashSet().SetEquals(Dns)
            && names.EnumerateIPAddresses().ToHashSet().SetEquals(Addresses);
    }

    private static string HostName() => System.Net.Dns.GetHostName();

    /// <summary>Link-local addresses are left out: they mean something only together with an interface.</summary>
    private static IEnumerable<IPAddress> InterfaceAddresses() =>
        from network in NetworkInterface.GetAllNetworkInterfaces()
        where network.OperationalStatus == OperationalStatus.Up
        from address in network.GetIPProperties().UnicastAddresses
        where address.Address.AddressFamily is AddressFamily.InterNetwork || !address.Address.IsIPv6LinkLocal
        select address.Address;
}
