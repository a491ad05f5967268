using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Conformance;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

public sealed class SubscribeTests
{
    [Fact]
    public async Task Each_filter_has_its_own_answer()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.MaySubscribe = (_, filter) => filter.Filter == "no" ? SubscribeVerdict.Refuse(ReasonCode.NotAuthorized) : SubscribeVerdict.Granted;
        foreach (var (level, denied, invalid) in new[]
        {
            (ProtocolLevel.V311, ReasonCode.UnspecifiedError, ReasonCode.UnspecifiedError),
            (ProtocolLevel.V5, ReasonCode.NotAuthorized, ReasonCode.TopicFilterInvalid),
        })
        {
            await using var client = await under.Connect($"d-{level}", level);
            await client.Send(output => PacketWriter.Subscribe(output, level, new SubscribePacket(3,
                [new("a", QoS.AtMostOnce), new("no", QoS.AtLeastOnce), new("b", QoS.AtLeastOnce), new("c/#/d", QoS.AtMostOnce)])));
            var ack = (await client.Next(PacketType.SubAck)).SubAck;
            Assert.Equal([ReasonCode.Success, denied, ReasonCode.GrantedQos1, invalid], ack.Codes);
            await under.Host.Until($"subscribed d-{level} a b");
        }
    }

    [Fact]
    [Mqtt5("3.11.3-1", "3.11.3-2")]
    public async Task UNSUBSCRIBE_says_what_was_there_MQTT_3_11_3()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        await client.Subscribe("a", QoS.AtMostOnce);
        await client.Send(output => PacketWriter.Unsubscribe(output, ProtocolLevel.V5, new UnsubscribePacket(4, ["a", "b"])));
        var ack = (await client.Next(PacketType.UnsubAck)).SubAck;
        Assert.Equal([ReasonCode.Success, ReasonCode.NoSubscriptionExisted], ack.Codes);
        Assert.Equal(0, under.Broker.Publish("a", "x"u8.ToArray(), QoS.AtMostOnce, retain: false));
        await under.Host.Until("unsubscribed d1 a");
        await client.Ping();
    }

    [Fact]
    public async Task Eight_filters_fit_in_one_packet_and_nine_end_the_connection()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        SubscribePacket Of(int count) => new(1, [.. Enumerable.Range(0, count).Select(i => new SubscribeFilter($"t{i}", QoS.AtMostOnce))]);
        await client.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V5, Of(8)));
        await client.Next(PacketType.SubAck);
        await client.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V5, Of(9)));
        await client.ExpectDisconnect(ReasonCode.QuotaExceeded);
    }

    [Fact]
    public async Task The_51st_subscription_is_refused_and_a_repeated_one_is_not()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        for (var i = 0; i < 50; i++)
            Assert.Equal(ReasonCode.Success, await client.Subscribe($"t{i}", QoS.AtMostOnce));
        Assert.Equal(ReasonCode.QuotaExceeded, await client.Subscribe("one more", QoS.AtMostOnce));
        Assert.Equal(ReasonCode.GrantedQos1, await client.Subscribe("t7", QoS.AtLeastOnce));
        Assert.Equal(50, under.Broker.Count().Subscriptions);
    }

    [Fact]
    public async Task Slashes_in_a_shared_prefix_are_not_counted_and_an_eighth_ends_the_connection()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        Assert.Equal(ReasonCode.Success, await client.Subscribe("$share/g/1/2/3/4/5/6/7/8", QoS.AtMostOnce));
        await client.Send(output => PacketWriter.Subscribe(
            output, ProtocolLevel.V5, new SubscribePacket(1, [new("1/2/3/4/5/6/7/8/9", QoS.AtMostOnce)])));
        await client.ExpectDisconnect(ReasonCode.TopicFilterInvalid);
    }

    [Fact]
    public async Task A_subscription_identifier_ends_the_connection_as_AWS_has_it()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        await client.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V5,
            new SubscribePacket(1, [new("t", QoS.AtMostOnce)]) { Properties = new Properties { SubscriptionIds = [5] } }));
        await client.ExpectDisconnect(ReasonCode.SubscriptionIdentifiersNotSupported);
    }

    [Fact]
    [Mqtt5("3.3.4-3")]
    public async Task A_profile_may_allow_subscription_identifiers_MQTT_3_3_4_3()
    {
        await using var under = await BrokerUnderTest.Start(options => options with
        {
            Profile = options.Profile with { SubscriptionIdentifiers = true },
        });
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        await client.Subscribe("t", QoS.AtMostOnce, new Properties { SubscriptionIds = [5] });
        under.Broker.Publish("t", "x"u8.ToArray(), QoS.AtMostOnce, retain: false);
        Assert.Equal([5u], (await client.NextPublish()).Properties!.SubscriptionIds!);
    }

    [Fact]
    public async Task A_host_may_end_a_connection_that_subscribes_to_what_it_must_not()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.MaySubscribe = (_, _) => SubscribeVerdict.Disconnect(ReasonCode.NotAuthorized);
        await using var client = await under.Connect("d1");
        await client.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V311, new SubscribePacket(1, [new("$SYS/#", QoS.AtMostOnce)])));
        await client.ExpectEnd();
        await under.Host.Until("disconnected d1 Forbidden");
    }

    [Fact]
    [Mqtt5("3.8.3-3")]
    public async Task No_local_keeps_own_messages_away_MQTT_3_8_3_3()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        await client.Subscribe(new SubscribeFilter("t", QoS.AtMostOnce) { NoLocal = true });
        await client.Publish("t", "own");
        await client.Ping();
        await using var other = await under.Connect("d2");
        await other.Publish("t", "other");
        Assert.Equal("other", (await client.NextPublish()).Payload);
    }

    [Fact]
    [Mqtt5("3.8.3-4")]
    public async Task Of_a_shared_group_one_member_gets_each_message_and_no_local_is_refused_MQTT_4_8_2()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var one = await under.Connect("d1");
        await using var two = await under.Connect("d2", ProtocolLevel.V5);
        await using var apart = await under.Connect("d3");
        await one.Subscribe("$share/g/t", QoS.AtMostOnce);
        await two.Subscribe("$share/g/t", QoS.AtMostOnce);
        await apart.Subscribe("t", QoS.AtMostOnce);
        for (var i = 0; i < 4; i++)
            Assert.Equal(2, under.Broker.Publish("t", new[] { (byte)i }, QoS.AtMostOnce, retain: false));
        for (var i = 0; i < 4; i++)
            await apart.NextPublish();
        var got = new List<byte>();
        foreach (var member in new[] { one, two })
        {
            got.AddRange((await member.NextPublish()).Bytes);
            got.AddRange((await member.NextPublish()).Bytes);
            await member.Ping();
        }

        Assert.Equal(new byte[] { 0, 1, 2, 3 }, got.Order().ToArray());
        await two.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V5,
            new SubscribePacket(1, [new("$share/g/x", QoS.AtMostOnce) { NoLocal = true }])));
        await two.ExpectDisconnect(ReasonCode.ProtocolError);
    }

    [Fact]
    public async Task Retained_messages_go_to_exact_filters_and_not_to_wildcards_or_shares()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1");
        await client.Publish("t/1", "kept", QoS.AtLeastOnce, retain: true);
        await client.Next(PacketType.PubAck);
        await client.Subscribe("t/+", QoS.AtMostOnce);
        await client.Subscribe("$share/g/t/1", QoS.AtMostOnce);
        await client.Ping();
        await client.Subscribe("t/1", QoS.AtLeastOnce);
        var message = await client.NextPublish();
        Assert.Equal(("kept", true, QoS.AtLeastOnce), (message.Payload, message.Retain, message.QoS));

        await client.Publish("t/1", "", retain: true); // [MQTT-3.3.1-6]; goes to the subscriptions as any message, RETAIN 0.
        Assert.False((await client.NextPublish()).Retain);
        await client.NextPublish();
        await client.Subscribe("t/1", QoS.AtLeastOnce);
        await client.Ping();
        Assert.Equal(0, under.Broker.Count().Retained);
    }

    [Fact]
    public async Task The_standard_profile_sends_retained_messages_to_wildcards_and_matches_parents()
    {
        await using var under = await BrokerUnderTest.Start(options => options with { Profile = MqttProfile.Standard });
        await using var client = await under.Connect("d1");
        await client.Publish("a/b", "kept", retain: true);
        await client.Subscribe("a/#", QoS.AtMostOnce);
        Assert.Equal("kept", (await client.NextPublish()).Payload);
        await client.Publish("a", "parent");
        Assert.Equal("parent", (await client.NextPublish()).Payload);
    }

    [Fact]
    public async Task Retain_handling_and_retain_as_published_do_as_they_say_MQTT_3_3_1_9()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Broker.Publish("t", "kept"u8.ToArray(), QoS.AtMostOnce, retain: true);
        await using var client = await under.Connect("d1", ProtocolLevel.V5);
        await client.Subscribe(new SubscribeFilter("t", QoS.AtMostOnce) { RetainHandling = 2 });
        await client.Ping();
        await client.Subscribe(new SubscribeFilter("t", QoS.AtMostOnce) { RetainHandling = 1 });
        await client.Ping();
        await client.Subscribe(new SubscribeFilter("t", QoS.AtMostOnce) { RetainAsPublished = true });
        Assert.True((await client.NextPublish()).Retain);
        under.Broker.Publish("t", "new"u8.ToArray(), QoS.AtMostOnce, retain: true);
        Assert.True((await client.NextPublish()).Retain);
    }

    [Fact]
    public async Task The_retained_store_is_bounded_and_its_messages_expire()
    {
        await using var under = await BrokerUnderTest.Start(options => options with { RetainedMessagesMax = 2 });
        under.Broker.Publish("a", "1"u8.ToArray(), QoS.AtMostOnce, retain: true, new Properties { MessageExpirySeconds = 10 });
        under.Broker.Publish("b", "2"u8.ToArray(), QoS.AtMostOnce, retain: true);
        under.Broker.Publish("c", "3"u8.ToArray(), QoS.AtMostOnce, retain: true);
        Assert.Equal(2, under.Broker.Count().Retained);
        await under.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, under.Broker.Count().Retained);
        await using var client = await under.Connect("d1");
        await client.Subscribe("c", QoS.AtMostOnce);
        await client.Ping();
    }
}
