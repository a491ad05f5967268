using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Tls;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Tls;

public sealed class ServerCertificateTests : IDisposable
{
    private static readonly CertificateNames Names = new(["localhost", "ota.example"], [IPAddress.Loopback, IPAddress.IPv6Loopback]);

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-tls").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 5, 4, 3, 2, 1, TimeSpan.Zero));
    private readonly CertificateAuthority _authority;

    public ServerCertificateTests() => _authority = CertificateAuthority.LoadOrCreate(_folder, new SystemRandomSource(), _time);

    [Fact]
    public void It_is_a_P256_certificate_for_exactly_the_names_asked_for()
    {
        using var server = Load(Names);

        Assert.True(Names.AreThoseOf(server.Certificate));
        Assert.Equal("1.2.840.10045.3.1.7", server.Certificate.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value);
        Assert.Equal(_authority.Certificate.SubjectName.RawData, server.Certificate.IssuerName.RawData);
    }

    [Fact]
    public void With_RSA_the_whole_chain_is_RSA_and_going_back_finds_the_other_CA_as_it_was()
    {
        using var ecdsa = Load(Names);
        using var rsaAuthority = CertificateAuthority.LoadOrCreate(_folder, new SystemRandomSource(), _time, TlsKey.Rsa);
        using var rsa = ServerCertificate.LoadOrIssue(rsaAuthority, _folder, Names, _time);

        using var key = rsa.Certificate.GetRSAPublicKey()!;
        Assert.Equal((2048, "sha256RSA"), (key.KeySize, rsa.Certificate.SignatureAlgorithm.FriendlyName));
        Assert.Equal(2048, rsaAuthority.Certificate.GetRSAPublicKey()!.KeySize);
        using var device = rsaAuthority.IssueDevice(new X500DistinguishedName("CN=dev7"), ecdsa.Certificate.PublicKey);
        Assert.Equal("sha256RSA", device.SignatureAlgorithm.FriendlyName);

        // More bits for the server; the CA that devices were given stays.
        using var kept = CertificateAuthority.LoadOrCreate(_folder, new SystemRandomSource(), _time, TlsKey.Rsa3072);
        Assert.Equal(rsaAuthority.Certificate.Thumbprint, kept.Certificate.Thumbprint);
        using var longer = ServerCertificate.LoadOrIssue(kept, _folder, Names, _time);
        Assert.Equal(3072, longer.Certificate.GetRSAPublicKey()!.KeySize);
        using var back = CertificateAuthority.LoadOrCreate(_folder, new SystemRandomSource(), _time);
        Assert.Equal(_authority.Certificate.Thumbprint, back.Certificate.Thumbprint);
        using var again = ServerCertificate.LoadOrIssue(back, _folder, Names, _time);
        Assert.NotNull(again.Certificate.GetECDsaPublicKey());
    }

    [Fact]
    public void It_is_kept_from_start_to_start()
    {
        using var first = Load(Names);
        using var second = Load(Names with { Dns = [.. Names.Dns.Reverse()] });

        Assert.Equal(first.Certificate.Thumbprint, second.Certificate.Thumbprint);
        Assert.True(second.Certificate.HasPrivateKey);
    }

    [Fact]
    public void Other_names_make_another_one()
    {
        using var first = Load(Names);
        using var second = Load(Names with { Dns = ["localhost"] });
        using var third = Load(Names with { Addresses = [IPAddress.Loopback, IPAddress.Parse("192.0.2.7")] });

        Assert.Equal(3, new[] { first, second, third }.Select(one => one.Certificate.Thumbprint).Distinct().Count());
    }

    [Fact]
    public void One_that_nears_its_end_is_renewed_while_the_service_runs_and_at_start()
    {
        using var server = Load(Names);
        var first = server.Certificate.Thumbprint;
        _time.Advance(TimeSpan.FromDays(300));
        Assert.False(server.RenewIfDue());
        _time.Advance(TimeSpan.FromDays(40));

        Assert.True(server.RenewIfDue());
        Assert.NotEqual(first, server.Certificate.Thumbprint);
        Assert.Equal(server.Certificate.Thumbprint, server.Context.TargetCertificate.Thumbprint);
        using var next = Load(Names);
        Assert.Equal(server.Certificate.Thumbprint, next.Certificate.Thumbprint);
    }

    [Fact]
    public void One_of_another_CA_is_replaced()
    {
        using var first = Load(Names);
        var elsewhere = Directory.CreateTempSubdirectory("godwit-tls").FullName;
        using var other = CertificateAuthority.LoadOrCreate(elsewhere, new SystemRandomSource(), _time);
        Directory.Delete(elsewhere, recursive: true);

        using var second = ServerCertificate.LoadOrIssue(other, _folder, Names, _time);

        Assert.NotEqual(first.Certificate.Thumbprint, second.Certificate.Thumbprint);
    }

    [Theory]
    [InlineData("server.pem")]
    [InlineData("server-key.pem")]
    public void A_torn_or_missing_file_is_mended_by_a_new_pair(string name)
    {
        using var first = Load(Names);
        var path = Path.Combine(_folder, name);

        File.WriteAllText(path, File.ReadAllText(path)[..80]);
        using var second = Load(Names);
        File.Delete(path);
        using var third = Load(Names);

        Assert.Equal(3, new[] { first, second, third }.Select(one => one.Certificate.Thumbprint).Distinct().Count());
    }

    [Fact]
    public void A_key_of_another_certificate_is_mended_by_a_new_pair()
    {
        using var first = Load(Names);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(_folder, "server-key.pem"), stranger.ExportPkcs8PrivateKeyPem());

        using var second = Load(Names);

        Assert.NotEqual(first.Certificate.Thumbprint, second.Certificate.Thumbprint);
    }

    [Fact]
    public void This_hosts_names_hold_loopback_its_own_and_what_the_options_name()
    {
        var names = CertificateNames.OfThisHost(new ServerOptions
        {
            DataDirectory = "", Listen = "0.0.0.0", Hosts = ["OTA.example", "192.0.2.9", "*.fleet.example", "localhost"],
        });

        Assert.Equal("localhost", names.Dns[0]);
        Assert.Contains("ota.example", names.Dns);
        Assert.Contains("*.fleet.example", names.Dns);
        Assert.Equal(names.Dns.Distinct(), names.Dns);
        Assert.Contains(IPAddress.Loopback, names.Addresses);
        Assert.Contains(IPAddress.IPv6Loopback, names.Addresses);
        Assert.Contains(IPAddress.Parse("192.0.2.9"), names.Addresses);
        Assert.DoesNotContain(IPAddress.Any, names.Addresses);
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private ServerCertificate Load(CertificateNames names) => ServerCertificate.LoadOrIssue(_authority, _folder, names, _time);
}
