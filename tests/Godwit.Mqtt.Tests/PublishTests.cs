using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Conformance;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

public sealed class PublishTests
{
    [Fact]
    [Mqtt311("3.3.5-1")]
    [Mqtt5("3.3.4-2")]
    public async Task Overlapping_subscriptions_get_a_message_once_at_the_highest_QoS_MQTT_3_3_5_1()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1");
        await client.Subscribe("a/b", QoS.AtMostOnce);
        await client.Subscribe("a/#", QoS.AtLeastOnce);
        await client.Subscribe("a/+", QoS.AtMostOnce);
        Assert.Equal(1, under.Broker.Publish("a/b", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false));
        Assert.Equal(QoS.AtLeastOnce, (await client.NextPublish()).QoS);
        await client.Ping();
        Assert.Equal(QoS.AtLeastOnce, under.Broker.Find("d1")!.GrantedQos("a/b"));
        Assert.Null(under.Broker.Find("d1")!.GrantedQos("b"));
    }

    [Fact]
    public async Task A_request_is_not_echoed_to_a_subscriber_of_its_children_only_as_AWS_has_it()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1");
        await client.Subscribe("jobs/$next/get/#", QoS.AtMostOnce);
        await client.Publish("jobs/$next/get", "{}");
        await client.Ping();
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    public async Task QoS_2_is_refused_as_AWS_does(ProtocolLevel level)
    {
        await using var under = await BrokerUnderTest.Start();
        await using var publisher = await under.Connect("p", level);
        await publisher.Publish("t", "x", QoS.ExactlyOnce);
        await Refused(publisher, level, ReasonCode.QosNotSupported);

        await using var subscriber = await under.Connect("s", level);
        await subscriber.Send(output => PacketWriter.Subscribe(output, level, new SubscribePacket(1, [new("t", QoS.ExactlyOnce)])));
        await Refused(subscriber, level, ReasonCode.QosNotSupported);
    }

    [Theory]
    [InlineData("too long")]
    [InlineData("a/b/c/d/e/f/g/h/i")]
    public async Task A_topic_over_the_limits_ends_the_connection(string topic)
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        await client.Publish(topic == "too long" ? new string('t', 257) : topic, "x");
        await client.ExpectDisconnect(ReasonCode.TopicNameInvalid);
    }

    [Fact]
    public async Task A_payload_over_the_limit_ends_the_connection_and_one_at_the_limit_passes()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        await client.Subscribe("t", QoS.AtMostOnce);
        await client.Publish("t", new string('x', 131_072));
        Assert.Equal(131_072, (await client.NextPublish()).Bytes.Length);
        await client.Publish("t", new string('x', 131_073));
        await client.ExpectDisconnect(ReasonCode.PacketTooLarge);
    }

    [Fact]
    public async Task A_denied_publish_is_dropped_or_ends_the_connection_as_the_host_says()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.MayPublish = (_, topic) => topic switch
        {
            "drop" => PublishVerdict.Drop(ReasonCode.NotAuthorized),
            "end" => PublishVerdict.Disconnect(ReasonCode.NotAuthorized),
            _ => PublishVerdict.Allow,
        };
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        await client.Subscribe("#", QoS.AtMostOnce);
        await client.Publish("drop", "x", QoS.AtLeastOnce, packetId: 5);
        var ack = (await client.Next(PacketType.PubAck)).Ack;
        Assert.Equal((5, ReasonCode.NotAuthorized), (ack.PacketId, ack.Reason));
        await client.Publish("end", "x", QoS.AtLeastOnce);
        await client.ExpectDisconnect(ReasonCode.NotAuthorized);
        await under.Host.Until("disconnected d1 Forbidden");
    }

    [Fact]
    public async Task A_message_that_may_not_be_received_is_silently_left_out()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.MayReceive = (_, topic) => topic != "secret";
        await using var client = await under.Connect("d1");
        await client.Subscribe("#", QoS.AtLeastOnce);
        under.Broker.Publish("secret", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        under.Broker.Publish("secret", "x"u8.ToArray(), QoS.AtMostOnce, retain: false);
        under.Broker.Publish("open", "y"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        Assert.Equal("open", (await client.NextPublish()).Topic);
        await client.Ping();
    }

    [Fact]
    public async Task PUBACK_waits_for_the_effect_if_the_host_says_so_and_later_packets_wait_too()
    {
        await using var under = await BrokerUnderTest.Start();
        var effect = new TaskCompletionSource<ReasonCode>();
        var begun = new TaskCompletionSource();
        var order = new List<string>();
        under.Host.MayPublish = (_, topic) => topic == "slow" ? PublishVerdict.AllowAckAfterEffect : PublishVerdict.Allow;
        under.Host.Handle = (IConnection _, in IncomingPublish message) =>
        {
            order.Add(message.Topic.Name);
            begun.TrySetResult();
            return message.Topic.Name == "slow" ? new PublishHandling(Route: false, new(effect.Task)) : PublishHandling.Ordinary;
        };
        await using var client = await under.Connect("d1");
        await client.Publish("slow", "x", QoS.AtLeastOnce, packetId: 9);
        await client.Publish("fast", "x", QoS.AtLeastOnce, packetId: 10);

        // Others are served meanwhile.
        await begun.Task;
        await using (var other = await under.Connect("d2"))
            await other.Ping();
        Assert.Equal(["slow"], order);

        effect.SetResult(ReasonCode.Success);
        Assert.Equal(9, (await client.Next(PacketType.PubAck)).Ack.PacketId);
        Assert.Equal(10, (await client.Next(PacketType.PubAck)).Ack.PacketId);
        Assert.Equal(["slow", "fast"], order);
    }

    [Fact]
    public async Task An_effect_that_fails_leaves_level_4_without_PUBACK()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.MayPublish = (_, _) => PublishVerdict.AllowAckAfterEffect;
        under.Host.Handle = (IConnection _, in IncomingPublish _) => new PublishHandling(Route: false, new(ReasonCode.UnspecifiedError));
        await using var client = await under.Connect("d1");
        await client.Publish("t", "x", QoS.AtLeastOnce);
        await client.ExpectEnd();
    }

    [Fact]
    public async Task PUBACK_precedes_the_reply_that_the_message_causes()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.Handle = (IConnection connection, in IncomingPublish _) =>
        {
            connection.TrySend("reply", "1"u8.ToArray(), QoS.AtMostOnce);
            connection.TrySend("reply", "2"u8.ToArray(), QoS.AtLeastOnce);
            return PublishHandling.Done(route: true);
        };
        await using var client = await under.Connect("d1");
        await client.Publish("request", "x", QoS.AtLeastOnce);
        await client.Next(PacketType.PubAck);
        Assert.Equal(("1", QoS.AtMostOnce), (await client.NextPublish()) is var first ? (first.Payload, first.QoS) : default);
        Assert.Equal(("2", QoS.AtLeastOnce), (await client.NextPublish()) is var second ? (second.Payload, second.QoS) : default);
    }

    [Fact]
    [Mqtt5("3.3.2-11", "3.3.2-12")]
    public async Task Topic_aliases_work_both_ways_MQTT_3_3_2_3_4()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5, properties: new Properties { TopicAliasMaximum = 1 });
        await client.Subscribe("#", QoS.AtMostOnce);
        await client.Publish("long/topic", "1", properties: new Properties { TopicAlias = 8 });
        await client.Publish("", "2", properties: new Properties { TopicAlias = 8 });

        var first = await client.NextPublish();
        Assert.Equal(("long/topic", (ushort)1, "1"), (first.Topic, first.Properties!.TopicAlias, first.Payload));
        var second = await client.NextPublish();
        Assert.Equal(("", (ushort)1, "2"), (second.Topic, second.Properties!.TopicAlias, second.Payload));
        under.Broker.Publish("other", "3"u8.ToArray(), QoS.AtMostOnce, retain: false);
        var third = await client.NextPublish();
        Assert.Equal("other", third.Topic);
        Assert.Null(third.Properties);

        await client.Publish("", "2", properties: new Properties { TopicAlias = 7 });
        await client.ExpectDisconnect(ReasonCode.TopicAliasInvalid);
    }

    [Fact]
    [Mqtt5("3.3.2-9")]
    public async Task An_alias_beyond_the_maximum_ends_the_connection_MQTT_3_3_2_9()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        await client.Publish("t", "x", properties: new Properties { TopicAlias = 9 });
        await client.ExpectDisconnect(ReasonCode.TopicAliasInvalid);
    }

    [Fact]
    [Mqtt5("3.3.2-6", "3.3.2-15", "3.3.2-16", "3.3.2-17", "3.3.2-20")]
    public async Task Properties_pass_through_and_the_expiry_counts_down_MQTT_3_3_2_6()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5, properties: new Properties { ReceiveMaximum = 1 });
        await client.Subscribe("t", QoS.AtLeastOnce);
        await client.Publish("t", "first", QoS.AtLeastOnce);
        await client.Next(PacketType.PubAck);
        var first = await client.NextPublish();
        await client.Publish("t", "second", QoS.AtLeastOnce, properties: new Properties
        {
            MessageExpirySeconds = 60,
            ContentType = "c",
            ResponseTopic = "r",
            CorrelationData = [1],
            UserProperties = [new("k", "v")],
        });
        await client.Next(PacketType.PubAck);
        await under.Advance(TimeSpan.FromSeconds(20));
        await client.PubAck(first.PacketId);
        var sent = (await client.NextPublish()).Properties!;
        Assert.Equal((40u, "c", "r"), (sent.MessageExpirySeconds, sent.ContentType, sent.ResponseTopic));
        Assert.Equal([1], sent.CorrelationData!);
        Assert.Equal([new UserProperty("k", "v")], sent.UserProperties!);
    }

    [Fact]
    [Mqtt5("3.1.2-24", "3.1.2-25")]
    public async Task A_packet_larger_than_the_client_takes_is_not_sent_MQTT_3_1_2_24()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5, properties: new Properties { MaximumPacketBytes = 40 });
        await client.Subscribe("t", QoS.AtLeastOnce);
        under.Broker.Publish("t", new byte[100], QoS.AtLeastOnce, retain: false);
        under.Broker.Publish("t", new byte[100], QoS.AtMostOnce, retain: false);
        under.Broker.Publish("t", new byte[10], QoS.AtLeastOnce, retain: false);
        Assert.Equal(10, (await client.NextPublish()).Bytes.Length);
        Assert.Equal(SendResult.TooLarge, under.Broker.Find("d1")!.TrySend("t", new byte[100], QoS.AtMostOnce));
    }

    [Fact]
    public async Task What_only_servers_send_or_nobody_began_ends_the_connection()
    {
        await using var under = await BrokerUnderTest.Start();
        foreach (var hex in new[] { "20020000", "9003000100", "B0020001", "D000", "50020001", "62020001", "70020001", "F000" })
        {
            await using var client = await under.Connect("d1", ProtocolLevel.V5);
            await client.Send(Convert.FromHexString(hex));
            await client.ExpectDisconnect(ReasonCode.ProtocolError);
        }
    }

    private static Task Refused(RawClient client, ProtocolLevel level, ReasonCode reason) =>
        level == ProtocolLevel.V5 ? client.ExpectDisconnect(reason) : client.ExpectEnd();
}
