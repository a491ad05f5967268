using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Tls;

namespace Godwit.Server.Tests.Tls;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DeviceTlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-tls").FullName;
    /// <summary>RSA keys take their time to make.</summary>
    private static readonly Lazy<ServerCertificate> s_rsa = new(RsaServer);

    private readonly CertificateAuthority _authority;
    private readonly ServerCertificate _server;

    public DeviceTlsTests()
    {
        _authority = CertificateAuthority.LoadOrCreate(_folder, new SystemRandomSource(), TimeProvider.System);
        _server = ServerCertificate.LoadOrIssue(_authority, _folder, new CertificateNames(["localhost"], [IPAddress.Loopback]), TimeProvider.System);
    }

    [Theory]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA)]
    public async Task A_device_with_one_old_suite_is_understood(TlsCipherSuite suite)
    {
        using var device = SelfSigned(ECDsa.Create(ECCurve.NamedCurves.nistP256));

        var seen = await Handshake(client =>
        {
            client.EnabledSslProtocols = SslProtocols.Tls12;
            client.CipherSuitesPolicy = new CipherSuitesPolicy([suite]);
            client.ClientCertificates = [device];
        });

        Assert.Equal(suite, seen.Suite);
        Assert.Equal(device.Thumbprint, seen.ClientThumbprint);
    }

    [Theory]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA)]
    public async Task A_device_without_ECDSA_is_understood_by_an_RSA_key_and_not_by_the_other(TlsCipherSuite suite)
    {
        using var device = SelfSigned(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        void Old(SslClientAuthenticationOptions client)
        {
            client.EnabledSslProtocols = SslProtocols.Tls12;
            client.CipherSuitesPolicy = new CipherSuitesPolicy([suite]);
            client.ClientCertificates = [device];
        }

        await Assert.ThrowsAnyAsync<Exception>(() => Handshake(Old));
        Assert.Equal((suite, device.Thumbprint), await Handshake(Old, s_rsa.Value));
    }

    [Fact]
    public async Task Any_client_certificate_passes_the_handshake_and_none_does_too()
    {
        using var rsaKey = RSA.Create(2048);
        var request = new CertificateRequest("CN=rsa", rsaKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var rsa = Usable(request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1)));

        Assert.Equal(rsa.Thumbprint, (await Handshake(client => client.ClientCertificates = [rsa])).ClientThumbprint);
        Assert.Null((await Handshake(_ => { })).ClientThumbprint);
    }

    [Fact]
    public async Task The_server_names_no_acceptable_CA_and_sends_its_leaf_alone()
    {
        string[]? issuers = null;
        string[] sent = [];

        await Handshake(client =>
        {
            client.LocalCertificateSelectionCallback = (_, _, _, _, acceptable) =>
            {
                issuers = acceptable;
                return null!;
            };
            client.RemoteCertificateValidationCallback = (_, _, chain, _) =>
            {
                sent = [.. chain!.ChainPolicy.ExtraStore.Select(one => one.Thumbprint)];
                return true;
            };
        });

        Assert.Empty(issuers ?? []);
        Assert.Equal([_server.Certificate.Thumbprint], sent);
    }

    [Fact]
    public async Task Versions_before_1_2_are_refused()
    {
#pragma warning disable SYSLIB0039, CA5397 // the point of the test
        await Assert.ThrowsAnyAsync<Exception>(() => Handshake(client => client.EnabledSslProtocols = SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
    }

    public void Dispose()
    {
        _server.Dispose();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static ServerCertificate RsaServer()
    {
        var folder = Directory.CreateTempSubdirectory("godwit-tls-rsa").FullName;
        try
        {
            using var authority = CertificateAuthority.LoadOrCreate(folder, new SystemRandomSource(), TimeProvider.System, TlsKey.Rsa);
            return ServerCertificate.LoadOrIssue(authority, folder, new CertificateNames(["localhost"], [IPAddress.Loopback]), TimeProvider.System);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<(TlsCipherSuite Suite, string? ClientThumbprint)> Handshake(Action<SslClientAuthenticationOptions> configure, ServerCertificate? certificate = null)
    {
        var ct = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var near = new TcpClient();
        await near.ConnectAsync((IPEndPoint)listener.LocalEndpoint, ct);
        using var far = await listener.AcceptTcpClientAsync(ct);
        await using var server = new SslStream(far.GetStream());
        await using var client = new SslStream(near.GetStream());
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true };
        configure(options);

        var serving = Serve();
        await client.AuthenticateAsClientAsync(options, ct);
        await client.WriteAsync(new byte[] { 1 }, ct);
        await serving;
        return (server.NegotiatedCipherSuite, server.RemoteCertificate is X509Certificate2 seen ? seen.Thumbprint : null);

        async Task Serve()
        {
            try
            {
                await server.AuthenticateAsServerAsync(DeviceTls.ServerOptions((certificate ?? _server).Context), ct);
                await server.ReadExactlyAsync(new byte[1], ct);
            }
            catch
            {
                // The other side must not wait for a handshake that will not come.
                far.Close();
                throw;
            }
        }
    }

    private static X509Certificate2 SelfSigned(ECDsa key) => Usable(
        new CertificateRequest("CN=device", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1)));

    /// <summary>A client key must come from a container that the TLS library can use.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate) => X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
}
