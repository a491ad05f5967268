using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Certificates;
using Godwit.Server.Tests.Mqtt;
using Godwit.Server.Tls;

namespace Godwit.Server.Tests.DevicePlane;

/// <summary>Devices of somebody's own CA: the operator by the signed HTTP port, the devices on real TLS sockets.</summary>
public sealed class JustInTimeRegistrationTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private SignedClient _iot = null!;

    private static readonly JsonSerializerOptions IgnoreNulls = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        _iot = _server.Client("iot", region: "eu-west-1");
        await Ok("POST", "/policies/wide", JsonSerializer.Serialize(new { policyDocument = Registrar.WidePolicy }));
    }

    public ValueTask DisposeAsync()
    {
        _iot.Dispose();
        return _server.DisposeAsync();
    }

    [Theory]
    [InlineData(ProtocolLevel.V311, false)]
    [InlineData(ProtocolLevel.V311, true)]
    [InlineData(ProtocolLevel.V5, false)]
    [InlineData(ProtocolLevel.V5, true)]
    public async Task Checklist_22_the_first_CONNECT_of_a_registered_CAs_device_closes_and_the_one_after_activation_works(ProtocolLevel level, bool sendsCa)
    {
        // A client of this runtime leaves a root out of what it sends, so the CA that is sent lies below one.
        var ca = new TestCa("Plant CA", above: sendsCa ? new TestCa("Root") : null);
        await Register(ca);
        var device = new TestDevice(ca.Sign("dev7"));
        await using var subscriber = await Subscriber($"$aws/events/certificates/registered/{ca.Id}");

        await (await Dial(device, sendsCa ? ca : null, SslProtocols.Tls12)).DisposeAsync();
        Assert.Equal(404, (await _iot.Get($"/certificates/{device.Id}")).Status);
        await ExpectRefused(device, level, sendsCa ? ca : null);

        var text = (await subscriber.NextPublish()).Payload;
        var told = JsonDocument.Parse(text).RootElement;
        var at = told.GetProperty("timestamp").GetInt64();
        Assert.Equal(
            $$"""{"certificateId":"{{device.Id}}","caCertificateId":"{{ca.Id}}","timestamp":{{at}},"certificateStatus":"PENDING_ACTIVATION","awsAccountId":"000000000000","certificateRegistrationTimestamp":"{{at}}"}""",
            text);
        var described = (await Ok("GET", $"/certificates/{device.Id}")).Json.GetProperty("certificateDescription");
        Assert.Equal("PENDING_ACTIVATION", described.GetProperty("status").GetString());
        Assert.Equal(ca.Id, described.GetProperty("caCertificateId").GetString());
        var listed = (await Ok("GET", $"/certificates-by-ca/{ca.Id}")).Json.GetProperty("certificates");
        Assert.Equal(device.Id, listed[0].GetProperty("certificateId").GetString());

        var written = await Written();
        await ExpectRefused(device, level, sendsCa ? ca : null);
        await subscriber.Ping();
        Assert.Equal(written, await Written());

        await Ok("PUT", $"/certificates/{device.Id}?newStatus=ACTIVE");
        await Permit(device, "dev7");
        await using var client = RawClient.On(await Dial(device, sendsCa ? ca : null), level);
        Assert.Equal(0, (await client.Connect("dev7")).Code);
        await client.Ping();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_CA_with_a_template_provisions_its_devices_by_their_first_CONNECT(bool byName)
    {
        const string template =
            """
            {"Parameters":{"AWS::IoT::Certificate::CommonName":{"Type":"String"},"AWS::IoT::Certificate::Id":{"Type":"String"}},
             "Resources":{
               "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Ref":"AWS::IoT::Certificate::CommonName"},"AttributePayload":{"line":"a"}}},
               "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"},"Status":"ACTIVE"}},
               "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"wide"}}}}
            """;
        const string role = "arn:aws:iam::000000000000:role/provision";
        if (byName)
            await Ok("POST", "/provisioning-templates", JsonSerializer.Serialize(new { templateName = "plant", templateBody = template, type = "JITP", enabled = true, provisioningRoleArn = role }));
        var ca = new TestCa("Plant CA");
        await Register(ca, config: byName ? new { templateName = "plant", roleArn = role } : new { templateBody = template, roleArn = role });
        var described = (await Ok("GET", $"/cacertificate/{ca.Id}")).Json.GetProperty("registrationConfig");
        Assert.Equal(byName ? "plant" : template, described.GetProperty(byName ? "templateName" : "templateBody").GetString());
        var device = new TestDevice(ca.Sign("dev7"));

        await ExpectRefused(device, ProtocolLevel.V311, sent: null);

        Assert.Equal("ACTIVE", (await Ok("GET", $"/certificates/{device.Id}")).Json.GetProperty("certificateDescription").GetProperty("status").GetString());
        Assert.Equal("a", (await Ok("GET", "/things/dev7")).Json.GetProperty("attributes").GetProperty("line").GetString());
        await using var client = RawClient.On(await Dial(device, sent: null));
        Assert.Equal(0, (await client.Connect("dev7")).Code);
        await client.Ping();
    }

    [Fact]
    public async Task A_template_that_cannot_be_used_leaves_the_certificate_pending()
    {
        var ca = new TestCa("Plant CA");
        const string role = "arn:aws:iam::000000000000:role/provision";
        const string template = """{"Resources":{"certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"}}}},"Parameters":{"AWS::IoT::Certificate::Id":{"Type":"String"}}}""";
        await Ok("POST", "/provisioning-templates", JsonSerializer.Serialize(new { templateName = "none", templateBody = template, type = "JITP", enabled = true, provisioningRoleArn = role }));
        await Register(ca, config: new { templateName = "none", roleArn = role });
        await Ok("DELETE", "/provisioning-templates/none");
        var device = new TestDevice(ca.Sign("dev7"));

        await ExpectRefused(device, ProtocolLevel.V311, sent: null);
        await ExpectRefused(device, ProtocolLevel.V311, sent: null);

        Assert.Equal("PENDING_ACTIVATION", (await Ok("GET", $"/certificates/{device.Id}")).Json.GetProperty("certificateDescription").GetProperty("status").GetString());
        Assert.Equal(400, (await _iot.Send("PUT", $"/cacertificate/{ca.Id}", JsonSerializer.Serialize(new { registrationConfig = new { templateBody = "{}" } }))).Status);
    }

    [Theory]
    [InlineData(Stranger.OfARogueCaOfTheSameName)]
    [InlineData(Stranger.OfAnInactiveCa)]
    [InlineData(Stranger.OfACaWithoutAutoRegistration)]
    [InlineData(Stranger.Expired)]
    [InlineData(Stranger.OfAnUnknownCa)]
    [InlineData(Stranger.Known)]
    public async Task Nobody_else_is_registered_and_nothing_is_written(Stranger stranger)
    {
        var ca = new TestCa("Plant CA");
        await Register(ca, active: stranger != Stranger.OfAnInactiveCa, auto: stranger != Stranger.OfACaWithoutAutoRegistration);
        var signer = stranger switch
        {
            Stranger.OfARogueCaOfTheSameName => new TestCa("Plant CA"),
            Stranger.OfAnUnknownCa => new TestCa("Other CA"),
            _ => ca,
        };
        var device = new TestDevice(signer.Sign("dev7", stranger == Stranger.Expired ? new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero) : null));
        if (stranger == Stranger.Known)
            await Ok("POST", "/certificate/register", JsonSerializer.Serialize(new { certificatePem = device.Pem, status = "REVOKED" }));
        await using var subscriber = await Subscriber("$aws/events/certificates/registered/#");
        var written = await Written();

        await ExpectRefused(device, ProtocolLevel.V311, sent: null);
        await ExpectRefused(device, ProtocolLevel.V5, sent: null);

        Assert.Equal(written, await Written());
        Assert.Equal(stranger == Stranger.Known ? 200 : 404, (await _iot.Get($"/certificates/{device.Id}")).Status);
        await subscriber.Ping();
    }

    [Fact]
    public async Task A_device_that_connects_several_times_at_once_is_registered_once()
    {
        var ca = new TestCa("Plant CA");
        await Register(ca);
        var device = new TestDevice(ca.Sign("dev7"));
        await using var subscriber = await Subscriber("$aws/events/certificates/registered/#");
        var written = await Written();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ExpectRefused(device, ProtocolLevel.V311, sent: null)));

        Assert.Contains(device.Id, (await subscriber.NextPublish()).Payload, StringComparison.Ordinal);
        await subscriber.Ping();
        Assert.Equal(written + 1, await Written());
    }

    private async Task Register(TestCa ca, bool active = true, bool auto = true, object? config = null)
    {
        var code = (await Ok("GET", "/registrationcode")).Json.GetProperty("registrationCode").GetString()!;
        var query = $"?setAsActive={(active ? "true" : "false")}&allowAutoRegistration={(auto ? "true" : "false")}";
        var made = await Ok("POST", "/cacertificate" + query, JsonSerializer.Serialize(new { caCertificate = ca.Pem, verificationCertificate = ca.Proof(code), registrationConfig = config }, IgnoreNulls));
        Assert.Equal(ca.Id, made.Json.GetProperty("certificateId").GetString());
    }

    /// <summary>Somebody who reads events.</summary>
    private async Task<RawClient> Subscriber(string filter)
    {
        var device = new TestDevice(new TestCa("Operator").Sign("operator"));
        await Ok("POST", "/certificate/register-no-ca", JsonSerializer.Serialize(new { certificatePem = device.Pem, status = "ACTIVE" }));
        await Permit(device, "operator");
        var client = RawClient.On(await Dial(device, sent: null));
        Assert.Equal(0, (await client.Connect("operator")).Code);
        Assert.Equal(ReasonCode.Success, await client.Subscribe(filter, QoS.AtMostOnce));
        return client;
    }

    private async Task Permit(TestDevice device, string thing)
    {
        var arn = $"arn:aws:iot:eu-west-1:000000000000:cert/{device.Id}";
        await Ok("POST", $"/things/{thing}", "{}");
        Assert.Equal(200, (await _iot.Send("PUT", $"/things/{thing}/principals", headers: [new("x-amzn-principal", arn)])).Status);
        await Ok("PUT", "/target-policies/wide", JsonSerializer.Serialize(new { target = arn }));
    }

    private async Task ExpectRefused(TestDevice device, ProtocolLevel level, TestCa? sent)
    {
        await using var client = RawClient.On(await Dial(device, sent), level);
        await client.SendConnect("dev7");
        if (level == ProtocolLevel.V5)
            Assert.Equal((byte)ReasonCode.NotAuthorized, (await client.Next(PacketType.ConnAck)).ConnAck.Code);
        await client.ExpectEnd();
    }

    private async Task<SslStream> Dial(TestDevice device, TestCa? sent, SslProtocols protocols = SslProtocols.None)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _server.Endpoints.MqttPort, Ct);
        var context = SslStreamCertificateContext.Create(device.Certificate, sent is null ? null : [sent.Certificate], offline: true);
        Assert.Equal(sent is null ? 0 : 1, context.IntermediateCertificates.Count);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = protocols,
                ClientCertificateContext = context,
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { _server.Get<CertificateAuthority>().Certificate },
                },
            },
            Ct);
        return tls;
    }

    private async Task<Answer> Ok(string method, string path, string? json = null)
    {
        var answer = json is null ? await _iot.Send(method, path) : await _iot.Send(method, path, json);
        Assert.True(answer.Status == 200, $"{method} {path}: {answer.Status} {answer.Text}");
        return answer;
    }

    /// <summary>How many changes the journal has.</summary>
    private Task<long> Written() => _server.Get<Database>().Read(session => session.First<long>("SELECT COUNT(*) FROM journal"), Ct);

    public enum Stranger
    {
        OfARogueCaOfTheSameName,
        OfAnInactiveCa,
        OfACaWithoutAutoRegistration,
        Expired,
        OfAnUnknownCa,
        Known,
    }
}
