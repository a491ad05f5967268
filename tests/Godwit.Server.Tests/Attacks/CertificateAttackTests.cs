using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Server.Certificates;
using Godwit.Server.Tests.Mqtt;
using Godwit.Server.Tls;

namespace Godwit.Server.Tests.Attacks;

/// <summary>
/// A12: certificates that look like one that counts. What counts is the registered bytes and the proof of their key: names, serial numbers and issuers open nothing.
/// Without a certificate, INACTIVE, REVOKED and expired are in <see cref="ConnectTests"/>, old versions in <c>DeviceTlsTests</c>, renegotiation in <c>openssl_tls.sh</c>.
/// </summary>
public sealed class CertificateAttackTests(OneDoor shared) : IClassFixture<OneDoor>
{
    private static readonly DateTimeOffset s_now = TimeProvider.System.GetUtcNow();

    public enum Forgery
    {
        OfAnUnknownCa,
        OfACaThatCallsItselfOurs,
        SameSubjectAndSerialSelfSigned,
        SameNamesSignedByOurCa,
        ForServersOnly,
        NotYetValid,
        AnotherAccountsThing,
    }

    [Theory]
    [InlineData(Forgery.OfAnUnknownCa)]
    [InlineData(Forgery.OfACaThatCallsItselfOurs)]
    [InlineData(Forgery.SameSubjectAndSerialSelfSigned)]
    [InlineData(Forgery.SameNamesSignedByOurCa)]
    [InlineData(Forgery.ForServersOnly)]
    [InlineData(Forgery.NotYetValid)]
    [InlineData(Forgery.AnotherAccountsThing)]
    public async Task A12_a_certificate_that_looks_like_one_that_counts_is_refused_at_CONNECT(Forgery forgery)
    {
        var door = shared.Door;
        var thing = $"real-{forgery}";
        var real = await door.Register(thing);
        await using var held = await door.Connect(real, thing);
        var forged = await Forge(door, forgery, real);
        foreach (var level in (ProtocolLevel[])[ProtocolLevel.V311, ProtocolLevel.V5])
        {
            await using var client = await door.Dial(forged, level);
            await client.SendConnect(thing);
            if (level == ProtocolLevel.V5)
                Assert.Equal((byte)ReasonCode.NotAuthorized, (await client.Next(PacketType.ConnAck)).ConnAck.Code);
            await client.ExpectEnd();
        }

        await held.Ping();
    }

    [Fact]
    public async Task A12_a_device_that_asks_for_another_name_is_shown_the_name_that_there_is_and_refuses_it()
    {
        var door = shared.Door;
        var device = await door.Register();
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, door.Endpoints.MqttPort, TestContext.Current.CancellationToken);
        await using var tls = new System.Net.Security.SslStream(socket.GetStream());
        var options = door.Registrar.ClientTls(device);
        options.TargetHost = "files.example";
        await Assert.ThrowsAsync<AuthenticationException>(() => tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken));
    }

    private static async Task<TestDevice> Forge(DeviceDoorUnderTest door, Forgery forgery, TestDevice real)
    {
        var subject = real.Certificate.SubjectName;
        var serial = Convert.FromHexString(real.Certificate.SerialNumber);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        if (forgery == Forgery.ForServersOnly)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: true));
        switch (forgery)
        {
            case Forgery.OfAnUnknownCa:
                return Signed(request, "CN=Somebody's CA", serial, key);
            case Forgery.OfACaThatCallsItselfOurs:
                return Signed(request, door.Get<CertificateAuthority>().Certificate.Subject, serial, key);
            case Forgery.SameNamesSignedByOurCa:
                using (var signed = door.Get<CertificateAuthority>().IssueDevice(subject, request.PublicKey))
                using (var whole = signed.CopyWithPrivateKey(key))
                    return new TestDevice(whole);
            case Forgery.NotYetValid:
                using (var early = request.CreateSelfSigned(s_now.AddHours(1), s_now.AddDays(1)))
                {
                    var device = new TestDevice(early);
                    await door.Registrar.Do<RegisterCertificateWithoutCa, RegisterCertificateWithoutCa.Request, RegisterCertificateWithoutCa.Response>(
                        Registrar.UserOf(DeviceDoorUnderTest.Account), new() { CertificatePem = device.Pem, Status = "ACTIVE" });
                    return device;
                }

            case Forgery.AnotherAccountsThing:
                return await door.Register("elsewhere", account: DeviceDoorUnderTest.OtherAccount);
            default:
                using (var own = request.Create(subject, X509SignatureGenerator.CreateForECDsa(key), s_now.AddDays(-1), s_now.AddDays(1), serial))
                using (var whole = own.CopyWithPrivateKey(key))
                    return new TestDevice(whole);
        }
    }

    private static TestDevice Signed(CertificateRequest request, string issuer, byte[] serial, ECDsa key)
    {
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = request.Create(new X500DistinguishedName(issuer), X509SignatureGenerator.CreateForECDsa(caKey), s_now.AddDays(-1), s_now.AddDays(1), serial);
        using var whole = signed.CopyWithPrivateKey(key);
        return new TestDevice(whole);
    }
}
