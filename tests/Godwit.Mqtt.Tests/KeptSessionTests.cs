using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Conformance;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

/// <summary>What outlives the process, and what is said before it does.</summary>
public sealed class KeptSessionTests
{
    private static BrokerOptions Standard(BrokerOptions options) => options with { Profile = MqttProfile.Standard };

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    public async Task Subscriptions_and_what_waits_survive_a_restart_in_order(ProtocolLevel level)
    {
        var expiry = level == ProtocolLevel.V5 ? new Properties { SessionExpirySeconds = 600 } : null;
        var journal = new TestJournal();
        await using (var under = await BrokerUnderTest.Start(journal: journal))
        {
            await using (var client = await under.Connect("d1", level, clean: false, expiry))
                await client.Subscribe("t/+", QoS.AtLeastOnce);
            await under.Host.Until("disconnected d1 ConnectionLost");
            for (var i = 0; i < 120; i++)
                under.Broker.Publish("t/x", System.Text.Encoding.UTF8.GetBytes($"{i}"), QoS.AtLeastOnce, retain: false);
        }

        await using var again = await BrokerUnderTest.Start(journal: journal);
        again.Broker.Publish("t/y", "after"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        await using var back = await again.Open(level);
        Assert.True((await back.Connect("d1", clean: false, properties: expiry)).SessionPresent);
        for (var i = 0; i < 120; i++)
        {
            var message = await back.NextPublish();
            Assert.Equal(($"{i}", false), (message.Payload, message.Dup));
            await back.PubAck(message.PacketId);
        }

        var last = await back.NextPublish();
        Assert.Equal("after", last.Payload);
        await back.PubAck(last.PacketId);
        await back.Ping();
        Assert.Equal(0, journal.Deliveries);
    }

    [Fact]
    [Mqtt311("4.4.0-1")]
    public async Task What_was_sent_and_not_acknowledged_comes_again_after_a_restart_with_DUP_and_its_id_MQTT_4_4_0_1()
    {
        var journal = new TestJournal();
        ushort id;
        await using (var under = await BrokerUnderTest.Start(journal: journal))
        {
            await using var client = await under.Connect("d1", clean: false);
            await client.Subscribe("t", QoS.AtLeastOnce);
            under.Broker.Publish("t", "one"u8.ToArray(), QoS.AtLeastOnce, retain: false);
            under.Broker.Publish("t", "two"u8.ToArray(), QoS.AtLeastOnce, retain: false);
            await client.PubAck((await client.NextPublish()).PacketId);
            id = (await client.NextPublish()).PacketId;
            await client.Ping();
        }

        await using var again = await BrokerUnderTest.Start(journal: journal);
        await using var back = await again.Connect("d1", clean: false);
        var message = await back.NextPublish();
        Assert.Equal(("two", true, id), (message.Payload, message.Dup, message.PacketId));
    }

    [Fact]
    public async Task A_message_with_properties_and_expiry_is_the_same_after_a_restart()
    {
        var journal = new TestJournal();
        var expiry = new Properties { SessionExpirySeconds = 600 };
        var sent = new Properties
        {
            MessageExpirySeconds = 60, ContentType = "text/plain", ResponseTopic = "r", CorrelationData = [1, 2], UserProperties = [new("a", "b")],
        };
        await using (var under = await BrokerUnderTest.Start(Standard, journal: journal))
        {
            await using (var client = await under.Connect("d1", ProtocolLevel.V5, clean: false, expiry))
                await client.Subscribe("t", QoS.AtLeastOnce, new Properties { SubscriptionIds = [77] });
            await under.Host.Until("disconnected d1 ConnectionLost");
            await using var publisher = await under.Connect("p", ProtocolLevel.V5);
            await publisher.Publish("t", "x", QoS.AtLeastOnce, properties: sent);
            await publisher.Next(PacketType.PubAck);
        }

        await using var again = await BrokerUnderTest.Start(Standard, journal: journal);
        await using var back = await again.Connect("d1", ProtocolLevel.V5, clean: false, expiry);
        var got = (await back.NextPublish()).Properties!;
        Assert.Equal(("text/plain", "r", 60u), (got.ContentType, got.ResponseTopic, got.MessageExpirySeconds));
        Assert.Equal([1, 2], got.CorrelationData!);
        Assert.Equal([new UserProperty("a", "b")], got.UserProperties!);
        Assert.Equal([77u], got.SubscriptionIds!);
    }

    [Fact]
    public async Task Retained_messages_survive_a_restart_and_an_empty_one_removes_them_MQTT_3_3_1_6()
    {
        var journal = new TestJournal();
        await using (var under = await BrokerUnderTest.Start(journal: journal))
        {
            await using var client = await under.Connect("d1");
            await client.Publish("kept", "x", QoS.AtLeastOnce, retain: true);
            await client.Next(PacketType.PubAck);
            await client.Publish("gone", "y", QoS.AtLeastOnce, retain: true);
            await client.Next(PacketType.PubAck);
            await client.Publish("gone", "", QoS.AtLeastOnce, retain: true);
            await client.Next(PacketType.PubAck);
        }

        await using var again = await BrokerUnderTest.Start(journal: journal);
        Assert.Equal(1, again.Broker.Count().Retained);
        await using var reader = await again.Connect("d2");
        await reader.Subscribe("gone", QoS.AtMostOnce);
        await reader.Subscribe("kept", QoS.AtMostOnce);
        var message = await reader.NextPublish();
        Assert.Equal(("kept", "x", true), (message.Topic, message.Payload, message.Retain));
    }

    [Fact]
    public async Task A_session_that_ended_or_expired_does_not_come_back()
    {
        var journal = new TestJournal();
        await using (var under = await BrokerUnderTest.Start(journal: journal))
        {
            await using (var client = await under.Connect("d1", clean: false))
                await client.Subscribe("t", QoS.AtLeastOnce);
            await under.Host.Until("disconnected d1 ConnectionLost");
            under.Broker.Publish("t", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false);
            await using var clean = await under.Connect("d1");
            await clean.Ping();
        }

        Assert.Equal(0, journal.Deliveries);
        await using var again = await BrokerUnderTest.Start(journal: journal);
        Assert.Equal((0L, 0L), (again.Broker.Count().Sessions, again.Broker.Count().Subscriptions));
    }

    [Fact]
    public async Task A_session_is_over_when_its_time_ran_out_while_the_process_was_away()
    {
        var journal = new TestJournal();
        await using (var under = await BrokerUnderTest.Start(journal: journal))
        {
            await using (var client = await under.Connect("d1", clean: false))
                await client.Subscribe("t", QoS.AtLeastOnce);
            await under.Host.Until("disconnected d1 ConnectionLost");
        }

        await using var again = await BrokerUnderTest.Start(journal: journal);
        Assert.Equal(1, again.Broker.Count().Sessions);
        await again.Advance(TimeSpan.FromMinutes(61));
        await again.Until(count => count is { Sessions: 0, Subscriptions: 0 });
        Assert.Equal("ended", journal.Told[^1]);
    }

    [Fact]
    public async Task A_publisher_is_acknowledged_only_when_what_waits_for_others_is_written_and_in_order()
    {
        var journal = new TestJournal();
        await using var under = await BrokerUnderTest.Start(journal: journal);
        await using (var away = await under.Connect("away", clean: false))
            await away.Subscribe("t", QoS.AtLeastOnce);
        await under.Host.Until("disconnected away ConnectionLost");
        await using var publisher = await under.Connect("p");

        journal.HoldUp();
        await publisher.Publish("t", "1", QoS.AtLeastOnce, packetId: 1);
        await publisher.Publish("nobody", "2", QoS.AtLeastOnce, packetId: 2);
        await publisher.Ping(); // It is read on meanwhile, and no PUBACK has come.
        journal.GoOn();

        Assert.Equal(1, (await publisher.Next(PacketType.PubAck)).Ack.PacketId);
        Assert.Equal(2, (await publisher.Next(PacketType.PubAck)).Ack.PacketId);
    }

    [Fact]
    public async Task A_publisher_whose_message_cannot_be_written_is_not_acknowledged()
    {
        var journal = new TestJournal();
        await using var under = await BrokerUnderTest.Start(journal: journal);
        await using (var away = await under.Connect("away", clean: false))
            await away.Subscribe("t", QoS.AtLeastOnce);
        await under.Host.Until("disconnected away ConnectionLost");
        await using var publisher = await under.Connect("p");

        journal.HoldUp();
        await publisher.Publish("t", "1", QoS.AtLeastOnce);
        await publisher.Ping();
        journal.Fail(new InvalidDataException("no disk"));

        await publisher.ExpectEnd();
        Assert.IsType<InvalidDataException>(Assert.Single(under.Host.Faults));
        under.Host.Faults.Clear();
    }

    [Fact]
    public async Task SUBACK_of_a_kept_session_waits_until_the_subscription_is_written()
    {
        var journal = new TestJournal();
        await using var under = await BrokerUnderTest.Start(journal: journal);
        await using var client = await under.Connect("d1", clean: false);
        journal.HoldUp();
        await client.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V311, new SubscribePacket(9, [new SubscribeFilter("t", QoS.AtLeastOnce)])));
        await under.Until(_ => journal.Told.Contains("subscribed"));
        journal.GoOn();
        Assert.Equal(9, (await client.Next(PacketType.SubAck)).SubAck.PacketId);
    }

    [Fact]
    public async Task Of_clean_sessions_and_what_the_host_sends_nothing_is_told()
    {
        var journal = new TestJournal();
        await using var under = await BrokerUnderTest.Start(journal: journal);
        await using var client = await under.Connect("d1");
        await client.Subscribe("t", QoS.AtLeastOnce);
        await client.Publish("t", "x", QoS.AtLeastOnce);
        await client.Next(PacketType.PubAck);
        await client.PubAck((await client.NextPublish()).PacketId);
        under.Broker.Find("d1")!.TrySend("s", "y"u8.ToArray(), QoS.AtLeastOnce);
        await client.PubAck((await client.NextPublish()).PacketId);
        await client.Ping();
        Assert.Empty(journal.Told);

        await using var kept = await under.Connect("d2", clean: false);
        under.Broker.Find("d2")!.TrySend("s", "z"u8.ToArray(), QoS.AtLeastOnce);
        await kept.PubAck((await kept.NextPublish()).PacketId);
        await kept.Ping();
        Assert.Equal(["opened"], journal.Told);
    }

    [Fact]
    public async Task A_message_for_which_the_journal_has_no_room_is_dropped_and_counted()
    {
        var journal = new TestJournal();
        await using var under = await BrokerUnderTest.Start(journal: journal);
        await using (var away = await under.Connect("away", clean: false))
            await away.Subscribe("t", QoS.AtLeastOnce);
        await under.Host.Until("disconnected away ConnectionLost");
        journal.IsFull = true;
        Assert.Equal(0, under.Broker.Publish("t", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false));
        Assert.Equal(1, under.Broker.Count().Drops);
    }

    [Fact]
    public async Task Members_of_a_shared_group_take_turns_with_a_journal_as_without()
    {
        await using var under = await BrokerUnderTest.Start(journal: new TestJournal());
        await using var one = await under.Connect("d1");
        await using var two = await under.Connect("d2");
        await one.Subscribe("$share/g/t", QoS.AtLeastOnce);
        await two.Subscribe("$share/g/t", QoS.AtLeastOnce);
        await using var publisher = await under.Connect("p");
        for (ushort i = 1; i <= 2; i++)
        {
            await publisher.Publish("t", $"{i}", QoS.AtLeastOnce, i);
            await publisher.Next(PacketType.PubAck);
        }

        Assert.Equal(["1", "2"], new[] { (await one.NextPublish()).Payload, (await two.NextPublish()).Payload }.Order());
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("4.4.0-1")]
    [Mqtt5("4.4.0-1")]
    public async Task QoS_2_goes_on_where_it_was_after_a_restart_MQTT_4_4_0_1(ProtocolLevel level)
    {
        var expiry = level == ProtocolLevel.V5 ? new Properties { SessionExpirySeconds = 600 } : null;
        var journal = new TestJournal();
        ushort sent, released;
        await using (var under = await BrokerUnderTest.Start(Standard, journal: journal))
        {
            await using var client = await under.Connect("d1", level, clean: false, expiry);
            await client.Subscribe("t", QoS.ExactlyOnce);
            await client.Publish("other", "mine", QoS.ExactlyOnce, packetId: 33);
            await client.Next(PacketType.PubRec);
            under.Broker.Publish("t", "one"u8.ToArray(), QoS.ExactlyOnce, retain: false);
            under.Broker.Publish("t", "two"u8.ToArray(), QoS.ExactlyOnce, retain: false);
            released = (await client.NextPublish()).PacketId;
            sent = (await client.NextPublish()).PacketId;
            await client.Ack(PacketType.PubRec, released);
            await client.Next(PacketType.PubRel);
        }

        await using var again = await BrokerUnderTest.Start(Standard, journal: journal);
        await using var other = await again.Connect("other");
        await other.Subscribe("other", QoS.AtMostOnce);
        await using var back = await again.Connect("d1", level, clean: false, expiry);
        Assert.Equal(released, (await back.Next(PacketType.PubRel)).Ack.PacketId);
        var message = await back.NextPublish();
        Assert.Equal(("two", true, sent), (message.Payload, message.Dup, message.PacketId));
        await back.Ack(PacketType.PubComp, released);
        await back.Ack(PacketType.PubRec, sent);
        Assert.Equal(sent, (await back.Next(PacketType.PubRel)).Ack.PacketId);
        await back.Ack(PacketType.PubComp, sent);

        // Its own message was taken before: it is acknowledged and goes to nobody again [MQTT-4.3.3-10].
        await back.Publish("other", "mine", QoS.ExactlyOnce, packetId: 33);
        await back.Next(PacketType.PubRec);
        await back.Ack(PacketType.PubRel, 33);
        await back.Next(PacketType.PubComp);
        await back.Publish("other", "next", QoS.ExactlyOnce, packetId: 33);
        await back.Next(PacketType.PubRec);
        Assert.Equal("next", (await other.NextPublish()).Payload);
        Assert.Equal(0, journal.Deliveries);
    }
}
