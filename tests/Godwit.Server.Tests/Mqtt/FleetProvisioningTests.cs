using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Server.Certificates;
using Godwit.Server.Placement;
using Godwit.Server.Provisioning;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>A device that has nothing but a claim becomes a thing with a certificate of its own (AWS: fleet provisioning by claim).</summary>
public sealed class FleetProvisioningTests
{
    private const string Account = DeviceDoorUnderTest.Account;

    private const string ClaimPolicy =
        """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
          {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":["arn:aws:iot:us-east-1:*:topic/$aws/certificates/*","arn:aws:iot:us-east-1:*:topic/$aws/provisioning-templates/*"]},
          {"Effect":"Allow","Action":"iot:Subscribe","Resource":["arn:aws:iot:us-east-1:*:topicfilter/$aws/certificates/*","arn:aws:iot:us-east-1:*:topicfilter/$aws/provisioning-templates/*"]}]}
        """;

    private const string Template =
        """
        {"Parameters":{"SerialNumber":{"Type":"String"},"Model":{"Type":"String","Default":"m1"},"AWS::IoT::Certificate::Id":{"Type":"String"}},
         "Resources":{
           "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"},"Status":"Active"}},
           "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Fn::Join":["-",["dev",{"Ref":"SerialNumber"}]]},"AttributePayload":{"model":{"Ref":"Model"}}}},
           "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":\"arn:aws:iot:us-east-1:*:client/${iot:Connection.Thing.ThingName}\"}]}"}}},
         "DeviceConfiguration":{"FallbackUrl":"https://example.com/fallback","Serial":{"Ref":"SerialNumber"}}}
        """;

    [Fact]
    public async Task By_keys_of_the_service_in_JSON()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await AddTemplate(door);
        await using var claim = await Claim(door);
        await Subscribe(claim, "$aws/certificates/create/json/+", "$aws/provisioning-templates/fleet/provision/json/+");

        await claim.Publish("$aws/certificates/create/json", "", QoS.AtLeastOnce);
        var made = await Json(claim, "$aws/certificates/create/json/accepted");
        Assert.Equal(["certificateId", "certificatePem", "privateKey", "certificateOwnershipToken"], made.EnumerateObject().Select(member => member.Name));
        using var certificate = X509Certificate2.CreateFromPem(made.GetProperty("certificatePem").GetString(), made.GetProperty("privateKey").GetString());
        var device = new TestDevice(certificate);
        Assert.Equal(device.Id, made.GetProperty("certificateId").GetString());
        Assert.Equal("PENDING_ACTIVATION", await Status(door, device.Id));
        await Refused(door, device, "dev-0042");

        var token = made.GetProperty("certificateOwnershipToken").GetString();
        await claim.Publish(
            "$aws/provisioning-templates/fleet/provision/json",
            JsonSerializer.Serialize(new { certificateOwnershipToken = token, parameters = new Dictionary<string, string> { ["SerialNumber"] = "0042", ["AWS::IoT::Certificate::Id"] = new string('0', 64) } }),
            QoS.AtLeastOnce, packetId: 2);
        var provisioned = await Json(claim, "$aws/provisioning-templates/fleet/provision/json/accepted");
        Assert.Equal(
            """{"deviceConfiguration":{"FallbackUrl":"https://example.com/fallback","Serial":"0042"},"thingName":"dev-0042"}""", provisioned.GetRawText());

        await using var client = await door.Connect(device, "dev-0042");
        await client.Ping();

        // The token has done its work.
        await claim.Publish(
            "$aws/provisioning-templates/fleet/provision/json", JsonSerializer.Serialize(new { certificateOwnershipToken = token, parameters = new { SerialNumber = "0043" } }), QoS.AtLeastOnce, packetId: 3);
        Assert.Equal("InvalidCertificateOwnershipToken", (await Json(claim, "$aws/provisioning-templates/fleet/provision/json/rejected")).GetProperty("errorCode").GetString());
    }

    [Fact]
    public async Task By_a_request_of_the_device_in_CBOR()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await AddTemplate(door);
        await using var claim = await Claim(door);
        await Subscribe(claim, "$aws/certificates/create-from-csr/cbor/+", "$aws/provisioning-templates/fleet/provision/cbor/+");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=dev7", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

        await Send(claim, "$aws/certificates/create-from-csr/cbor", ("certificateSigningRequest", request));
        var made = await Cbor(claim, "$aws/certificates/create-from-csr/cbor/accepted");
        Assert.Equal(["certificateId", "certificatePem", "certificateOwnershipToken"], made.Keys);
        using var certificate = X509Certificate2.CreateFromPem(made["certificatePem"]).CopyWithPrivateKey(key);

        await Send(
            claim, "$aws/provisioning-templates/fleet/provision/cbor", ("certificateOwnershipToken", made["certificateOwnershipToken"]), ("parameters.SerialNumber", "7"), ("parameters.Model", "m9"));
        var provisioned = await Cbor(claim, "$aws/provisioning-templates/fleet/provision/cbor/accepted");
        Assert.Equal(("dev-7", "7"), (provisioned["thingName"], provisioned["deviceConfiguration.Serial"]));
        Assert.Equal("m9", (await door.Get<DeviceRegistry>().FindThing(Account, "dev-7", TestContext.Current.CancellationToken))!.Attributes["model"]);
        await using var client = await door.Connect(new TestDevice(certificate), "dev-7");
    }

    [Theory]
    [InlineData("$aws/certificates/create-from-csr/json", "{}", 400, "InvalidCertificateSigningRequest")]
    [InlineData("$aws/certificates/create-from-csr/json", """{"certificateSigningRequest":"no PEM"}""", 400, "InvalidCertificateSigningRequest")]
    [InlineData("$aws/certificates/create/json", "[1]", 400, "InvalidRequest")]
    [InlineData("$aws/provisioning-templates/fleet/provision/json", "{}", 400, "InvalidCertificateOwnershipToken")]
    [InlineData("$aws/provisioning-templates/fleet/provision/json", """{"certificateOwnershipToken":"x","parameters":{"SerialNumber":1}}""", 400, "InvalidRequest")]
    public async Task What_cannot_be_is_rejected_with_its_code(string topic, string payload, int status, string code)
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await AddTemplate(door);
        await using var claim = await Claim(door);
        await Subscribe(claim, topic + "/accepted", topic + "/rejected");
        await claim.Publish(topic, payload, QoS.AtLeastOnce);
        var rejected = await Json(claim, topic + "/rejected");
        Assert.Equal((status, code), (rejected.GetProperty("statusCode").GetInt32(), rejected.GetProperty("errorCode").GetString()));
        Assert.NotEmpty(rejected.GetProperty("errorMessage").GetString()!);
    }

    [Fact]
    public async Task A_template_that_is_unknown_disabled_or_lacks_a_parameter_leaves_the_token_usable()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await AddTemplate(door, enabled: false);
        await using var claim = await Claim(door);
        await Subscribe(claim, "$aws/certificates/create/json/+", "$aws/provisioning-templates/+/provision/json/+");
        await claim.Publish("$aws/certificates/create/json", "{}");
        var token = (await Json(claim, "$aws/certificates/create/json/accepted")).GetProperty("certificateOwnershipToken").GetString();
        var body = JsonSerializer.Serialize(new { certificateOwnershipToken = token, parameters = new { Other = "x" } });

        await claim.Publish("$aws/provisioning-templates/none/provision/json", body);
        Assert.Equal("ResourceNotFound", (await Json(claim, "$aws/provisioning-templates/none/provision/json/rejected")).GetProperty("errorCode").GetString());
        await claim.Publish("$aws/provisioning-templates/fleet/provision/json", body);
        Assert.Equal("AccessDenied", (await Json(claim, "$aws/provisioning-templates/fleet/provision/json/rejected")).GetProperty("errorCode").GetString());
        await door.Get<UpdateProvisioningTemplate>().Handle(Registrar.UserOf(Account), new() { TemplateName = "fleet", Enabled = true }, TestContext.Current.CancellationToken);
        await claim.Publish("$aws/provisioning-templates/fleet/provision/json", body);
        Assert.Equal("InvalidRequest", (await Json(claim, "$aws/provisioning-templates/fleet/provision/json/rejected")).GetProperty("errorCode").GetString());
        await claim.Publish("$aws/provisioning-templates/fleet/provision/json", body.Replace("Other", "SerialNumber", StringComparison.Ordinal));
        await Json(claim, "$aws/provisioning-templates/fleet/provision/json/accepted");
    }

    [Fact]
    public async Task Keys_go_to_the_device_that_asked_and_only_if_it_subscribed()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await using var spy = await door.Connect(await door.Register("spy", DeviceDoorUnderTest.WidePolicy), "spy");
        await spy.Subscribe("$aws/certificates/#", QoS.AtMostOnce);
        await using var claim = await Claim(door);

        await claim.Publish("$aws/certificates/create/json", "{}", QoS.AtLeastOnce);
        await claim.Next(PacketType.PubAck);
        Assert.Equal(0L, await Waiting(door));
        await claim.Subscribe("$aws/certificates/create/json/accepted", QoS.AtMostOnce);
        await claim.Publish("$aws/certificates/create/json", "{}");
        await Json(claim, "$aws/certificates/create/json/accepted");

        // The requests are ordinary messages, the answers are not.
        Assert.Equal("$aws/certificates/create/json", (await spy.NextPublish()).Topic);
        Assert.Equal("$aws/certificates/create/json", (await spy.NextPublish()).Topic);
        await spy.Ping();
    }

    [Fact]
    public async Task A_certificate_that_nobody_provisions_is_gone_when_its_token_has_expired()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await using var claim = await Claim(door);
        await Subscribe(claim, "$aws/certificates/create/json/+");
        await claim.Publish("$aws/certificates/create/json", "{}");
        var id = (await Json(claim, "$aws/certificates/create/json/accepted")).GetProperty("certificateId").GetString()!;
        var certificates = door.Get<ClaimedCertificates>();
        Assert.Equal(0, await certificates.DeleteExpired(TestContext.Current.CancellationToken));
        await door.Get<Database>().Write(session => session.Execute("UPDATE certificate_ownership SET expires_at_ms = @NowMs", new { session.NowMs }), TestContext.Current.CancellationToken);
        Assert.Equal(1, await certificates.DeleteExpired(TestContext.Current.CancellationToken));
        Assert.Null(await Status(door, id));
        Assert.Equal(0L, await Waiting(door));
    }

    private static async Task AddTemplate(DeviceDoorUnderTest door, bool enabled = true)
    {
        var made = await door.Get<CreateProvisioningTemplate>().Handle(
            Registrar.UserOf(Account), new() { TemplateName = "fleet", TemplateBody = Template, Enabled = enabled, ProvisioningRoleArn = $"arn:aws:iam::{Account}:role/provision" },
            TestContext.Current.CancellationToken);
        Assert.True(made.IsOk, made.Error?.Message);
    }

    private static async Task<RawClient> Claim(DeviceDoorUnderTest door) => await door.Connect(await door.Register(policy: ClaimPolicy), "claim-1");

    private static async Task Subscribe(RawClient client, params string[] filters)
    {
        foreach (var filter in filters)
            Assert.Equal(ReasonCode.Success, await client.Subscribe(filter, QoS.AtMostOnce));
    }

    private static async Task<JsonElement> Json(RawClient client, string topic) => JsonDocument.Parse(await Payload(client, topic)).RootElement;

    private static async Task<byte[]> Payload(RawClient client, string topic)
    {
        while (await client.Next() is { } packet)
        {
            if (packet.Type == PacketType.PubAck)
                continue;
            Assert.Equal((PacketType.Publish, topic), (packet.Type, Encoding.UTF8.GetString(packet.Publish.TopicUtf8.Span)));
            return packet.Publish.Payload.ToArray();
        }
        throw new InvalidOperationException($"The connection ended while waiting for {topic}.");
    }

    private static Task Send(RawClient client, string topic, params (string Name, string Value)[] members)
    {
        var writer = new CborWriter();
        var inner = members.Where(member => member.Name.StartsWith("parameters.", StringComparison.Ordinal)).ToList();
        writer.WriteStartMap(null);
        foreach (var (name, value) in members.Except(inner))
        {
            writer.WriteTextString(name);
            writer.WriteTextString(value);
        }
        if (inner.Count > 0)
        {
            writer.WriteTextString("parameters");
            writer.WriteStartMap(inner.Count);
            foreach (var (name, value) in inner)
            {
                writer.WriteTextString(name["parameters.".Length..]);
                writer.WriteTextString(value);
            }
            writer.WriteEndMap();
        }
        writer.WriteEndMap();
        var payload = writer.Encode();
        return client.Send(output => PacketWriter.Publish(output, ProtocolLevel.V311, new PublishPacket { TopicUtf8 = Encoding.UTF8.GetBytes(topic), Payload = payload }));
    }

    private static async Task<Dictionary<string, string>> Cbor(RawClient client, string topic)
    {
        var reader = new CborReader(await Payload(client, topic));
        var members = new Dictionary<string, string>();
        Read("");
        return members;

        void Read(string prefix)
        {
            reader.ReadStartMap();
            while (reader.PeekState() != CborReaderState.EndMap)
            {
                var name = prefix + reader.ReadTextString();
                if (reader.PeekState() == CborReaderState.StartMap)
                    Read(name + ".");
                else
                    members[name] = reader.ReadTextString();
            }
            reader.ReadEndMap();
        }
    }

    private static async Task Refused(DeviceDoorUnderTest door, TestDevice device, string clientId)
    {
        await using var client = await door.Dial(device);
        await client.SendConnect(clientId);
        await client.ExpectEnd();
    }

    private static async Task<string?> Status(DeviceDoorUnderTest door, string certificateId) =>
        (await door.Get<DeviceRegistry>().Find(certificateId, TestContext.Current.CancellationToken))?.Status;

    private static Task<long> Waiting(DeviceDoorUnderTest door) =>
        door.Get<Database>().Read(session => session.First<long>("SELECT COUNT(*) FROM certificate_ownership"), TestContext.Current.CancellationToken);
}
