using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Storage;
using Godwit.Server.Tls;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Tls;

public sealed class CertificateAuthorityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-ca-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void The_same_CA_is_found_again_and_its_key_is_readable_by_its_owner_only()
    {
        using var made = Open();
        using var found = Open();
        Assert.Equal(made.Pem, found.Pem);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "ca-key.pem")));
        Assert.Equal("1.2.840.10045.2.1", found.Certificate.PublicKey.Oid.Value);
        Assert.Equal(256, found.Certificate.GetECDsaPublicKey()!.KeySize);
    }

    [Fact]
    public void A_key_of_another_CA_is_refused_by_name()
    {
        Open().Dispose();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(_folder, "ca-key.pem"), other.ExportPkcs8PrivateKeyPem());
        Assert.Contains("is not the key of", Assert.Throws<StorageException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_key_is_not_replaced_in_silence()
    {
        Open().Dispose();
        File.Delete(Path.Combine(_folder, "ca-key.pem"));
        Assert.Contains("Restore both", Assert.Throws<StorageException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_left_by_a_crash_before_the_CA_was_written_is_replaced()
    {
        File.WriteAllText(Path.Combine(_folder, "ca-key.pem"), "half");
        using var authority = Open();
        using var again = Open();
        Assert.Equal(authority.Pem, again.Pem);
    }

    [Fact]
    public void The_server_certificate_names_its_hosts_and_chains_to_the_CA()
    {
        using var authority = Open();
        using var certificate = authority.IssueServer(["localhost", "godwit.example"], [IPAddress.Loopback, IPAddress.IPv6Loopback], TimeSpan.FromDays(365));
        Assert.True(certificate.MatchesHostname("localhost"));
        Assert.True(certificate.MatchesHostname("godwit.example"));
        Assert.True(certificate.MatchesHostname("127.0.0.1"));
        Assert.False(certificate.MatchesHostname("other.example"));
        Assert.True(certificate.HasPrivateKey);
        Assert.Equal(_time.GetUtcNow().AddDays(365), certificate.NotAfter.ToUniversalTime());
        AssertChains(authority, certificate, "1.3.6.1.5.5.7.3.1");
    }

    [Fact]
    public void A_device_certificate_lives_as_long_as_AWSs_and_chains_to_the_CA()
    {
        using var authority = Open();
        using var key = RSA.Create(2048);
        using var certificate = authority.IssueDevice(new X500DistinguishedName("CN=dev7"), new PublicKey(key));
        Assert.Equal(new DateTime(2049, 12, 31, 23, 59, 59, DateTimeKind.Utc), certificate.NotAfter.ToUniversalTime());
        Assert.Equal("CN=dev7", certificate.Subject);
        AssertChains(authority, certificate, "1.3.6.1.5.5.7.3.2");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private CertificateAuthority Open() => CertificateAuthority.LoadOrCreate(_folder, new SystemRandomSource(), _time);

    private void AssertChains(CertificateAuthority authority, X509Certificate2 certificate, string usage)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
        Assert.True(chain.Build(certificate), string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation)));
    }
}
