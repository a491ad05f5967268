using System.Security.Authentication;
using System.Text;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>Somebody else's MQTT library as a device.</summary>
public sealed class OtherClientTests(OneDoor shared) : IClassFixture<OneDoor>
{
    [Theory]
    [InlineData(MqttProtocolVersion.V311, SslProtocols.Tls12)]
    [InlineData(MqttProtocolVersion.V311, SslProtocols.Tls13)]
    [InlineData(MqttProtocolVersion.V500, SslProtocols.Tls13)]
    public async Task It_connects_with_its_certificate_asks_and_is_answered_and_notified(MqttProtocolVersion version, SslProtocols tls)
    {
        var ct = TestContext.Current.CancellationToken;
        var device = await shared.Door.Register("dev7");
        var received = Channel.CreateUnbounded<(string Topic, string Payload)>();
        using var client = new MqttClientFactory().CreateMqttClient();
        client.ApplicationMessageReceivedAsync += message =>
            received.Writer.WriteAsync((message.ApplicationMessage.Topic, Encoding.UTF8.GetString(message.ApplicationMessage.Payload)), ct).AsTask();
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer("localhost", shared.Door.Endpoints.MqttPort)
            .WithProtocolVersion(version)
            .WithClientId("dev7")
            .WithCredentials("?SDK=Other&Version=1")
            .WithTlsOptions(o => o.UseTls().WithSslProtocols(tls).WithClientCertificates([device.Certificate]).WithTrustChain([shared.Door.Get<Godwit.Server.Tls.CertificateAuthority>().Certificate]))
            .Build();

        Assert.Equal(MqttClientConnectResultCode.Success, (await client.ConnectAsync(options, ct)).ResultCode);
        await client.SubscribeAsync("$aws/things/dev7/desk/hello", MqttQualityOfServiceLevel.AtLeastOnce, ct);
        await client.PublishStringAsync("$aws/things/dev7/desk/x/get", "question", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: ct);
        shared.Door.Link.Publish(DeviceDoorUnderTest.Account, "$aws/things/dev7/desk/hello", "notice"u8.ToArray(), 1);

        Assert.Equal(("$aws/things/dev7/desk/x/get/accepted", "question"), await received.Reader.ReadAsync(ct));
        Assert.Equal(("$aws/things/dev7/desk/hello", "notice"), await received.Reader.ReadAsync(ct));
        await client.DisconnectAsync(cancellationToken: ct);
    }
}
