using System.Text;
using System.Threading.Channels;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Godwit.Mqtt.Tests;

/// <summary>The broker with a client that others wrote.</summary>
public sealed class BrokerWithMqttNet
{
    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task Messages_reach_subscribers_at_both_levels(MqttProtocolVersion version)
    {
        await using var under = await BrokerUnderTest.Start();
        var (alice, inbox) = await Client(under, "alice", version);
        var (bob, _) = await Client(under, "bob", version);
        await alice.SubscribeAsync("news/+/today", MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);

        var ack = await bob.PublishStringAsync(
            "news/sport/today", "goal", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(ack.IsSuccess);
        Assert.Equal("news/sport/today goal AtLeastOnce", await inbox.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, under.Broker.Publish("news/x/today", "service"u8.ToArray(), QoS.AtMostOnce, retain: false));
        Assert.Equal("news/x/today service AtMostOnce", await inbox.ReadAsync(TestContext.Current.CancellationToken));
        await alice.DisconnectAsync(cancellationToken: TestContext.Current.CancellationToken);
        await bob.DisconnectAsync(cancellationToken: TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task An_unsolicited_reply_reaches_a_client_without_subscriptions(MqttProtocolVersion version)
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.Handle = (IConnection connection, in IncomingPublish message) =>
        {
            connection.TrySend(Encoding.UTF8.GetBytes(message.Topic.Name + "/accepted"), "<"u8, message.Payload.ToArray(), ">"u8, message.QoS);
            return PublishHandling.Done(route: true);
        };
        var (alice, inbox) = await Client(under, "alice", version);
        foreach (var qos in new[] { MqttQualityOfServiceLevel.AtMostOnce, MqttQualityOfServiceLevel.AtLeastOnce })
        {
            await alice.PublishStringAsync("req", "hi", qos, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal($"req/accepted <hi> {qos}", await inbox.ReadAsync(TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task QoS_2_goes_both_ways_in_the_standard_profile(MqttProtocolVersion version)
    {
        await using var under = await BrokerUnderTest.Start(options => options with { Profile = MqttProfile.Standard });
        var (alice, inbox) = await Client(under, "alice", version);
        var (bob, _) = await Client(under, "bob", version);
        await alice.SubscribeAsync("news/#", MqttQualityOfServiceLevel.ExactlyOnce, TestContext.Current.CancellationToken);
        for (var i = 0; i < 20; i++)
            Assert.True((await bob.PublishStringAsync("news", $"{i}", MqttQualityOfServiceLevel.ExactlyOnce, cancellationToken: TestContext.Current.CancellationToken)).IsSuccess);
        for (var i = 0; i < 20; i++)
            Assert.Equal($"news {i} ExactlyOnce", await inbox.ReadAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<(IMqttClient Client, ChannelReader<string> Inbox)> Client(BrokerUnderTest under, string id, MqttProtocolVersion version)
    {
        var inbox = Channel.CreateUnbounded<string>();
        var client = new MqttClientFactory().CreateMqttClient();
        client.ApplicationMessageReceivedAsync += arrived =>
        {
            var message = arrived.ApplicationMessage;
            inbox.Writer.TryWrite($"{message.Topic} {message.ConvertPayloadToString()} {message.QualityOfServiceLevel}");
            return Task.CompletedTask;
        };
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer(under.EndPoint.Address.ToString(), under.EndPoint.Port)
            .WithClientId(id)
            .WithProtocolVersion(version)
            .Build();
        await client.ConnectAsync(options, TestContext.Current.CancellationToken);
        return (client, inbox.Reader);
    }
}
