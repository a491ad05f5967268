using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Conformance;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

public sealed class SessionTests
{
    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("3.1.4-2")]
    [Mqtt5("3.1.4-3")]
    public async Task The_newest_connection_wins_MQTT_3_1_4_2(ProtocolLevel level)
    {
        await using var under = await BrokerUnderTest.Start();
        await using var first = await under.Connect("d1", level);
        await using var second = await under.Connect("d1", level);
        if (level == ProtocolLevel.V5)
            await first.ExpectDisconnect(ReasonCode.SessionTakenOver);
        else
            await first.ExpectEnd();

        await second.Ping();
        Assert.Equal("connected d1", await under.Host.Next());
        Assert.Equal("disconnected d1 TakenOver", await under.Host.Next());
        Assert.Equal("connected d1", await under.Host.Next());
        Assert.Single(under.Broker.Connections);
        Assert.Equal(1, under.Broker.Count().Connected);
    }

    [Fact]
    public async Task A_fight_for_a_client_id_leaves_one_connection_and_one_session()
    {
        await using var under = await BrokerUnderTest.Start();
        var clients = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            var client = await under.Open();
            await client.SendConnect("d1", clean: false);
            return client;
        }));
        // 39 are ended; the one that is left answers.
        var pong = new TaskCompletionSource();
        var lives = clients.ToDictionary(client => client, async client =>
        {
            while (await client.Next() is { } packet)
            {
                if (packet.Type == PacketType.PingResp)
                    pong.SetResult();
            }
        });
        while (lives.Count > 1)
        {
            await Task.WhenAny(lives.Values);
            foreach (var (client, _) in lives.Where(life => life.Value.IsCompleted).ToList())
                lives.Remove(client);
        }

        await lives.Keys.Single().Send(0xC0, 0);
        await pong.Task;
        Assert.Single(under.Broker.Connections);
        Assert.Equal((1L, 1L), (under.Broker.Count().Connected, under.Broker.Count().Sessions));
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task A_clean_session_ends_with_its_connection()
    {
        await using var under = await BrokerUnderTest.Start();
        await using (var client = await under.Connect("d1"))
            await client.Subscribe("t", QoS.AtLeastOnce);
        await under.Host.Until("disconnected d1 ConnectionLost");
        Assert.Equal((0L, 0L), (under.Broker.Count().Sessions, under.Broker.Count().Subscriptions));
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    public async Task A_kept_session_gets_what_was_published_meanwhile_at_QoS_1_in_order(ProtocolLevel level)
    {
        var expiry = level == ProtocolLevel.V5 ? new Properties { SessionExpirySeconds = 600 } : null;
        await using var under = await BrokerUnderTest.Start();
        await using (var client = await under.Connect("d1", level, clean: false, expiry))
        {
            await client.Subscribe("t", QoS.AtLeastOnce);
            await client.Disconnect();
            await client.ExpectEnd();
        }

        await under.Host.Until("disconnected d1 ClientInitiated");
        for (var i = 0; i < 150; i++)
            Assert.Equal(1, under.Broker.Publish("t", System.Text.Encoding.UTF8.GetBytes($"{i}"), QoS.AtLeastOnce, retain: false));
        Assert.Equal(0, under.Broker.Publish("t", "lost"u8.ToArray(), QoS.AtMostOnce, retain: false));

        await using var again = await under.Open(level);
        Assert.True((await again.Connect("d1", clean: false, properties: expiry)).SessionPresent);
        for (var i = 0; i < 150; i++)
        {
            var message = await again.NextPublish();
            Assert.Equal(($"{i}", false), (message.Payload, message.Dup));
            await again.PubAck(message.PacketId);
        }

        await again.Ping();
    }

    [Fact]
    public async Task What_was_not_acknowledged_comes_again_with_DUP_and_the_same_id_MQTT_4_4_0_1()
    {
        await using var under = await BrokerUnderTest.Start();
        ushort id;
        await using (var client = await under.Connect("d1", clean: false))
        {
            await client.Subscribe("t", QoS.AtLeastOnce);
            under.Broker.Publish("t", "one"u8.ToArray(), QoS.AtLeastOnce, retain: false);
            under.Broker.Publish("t", "two"u8.ToArray(), QoS.AtLeastOnce, retain: false);
            await client.PubAck((await client.NextPublish()).PacketId);
            id = (await client.NextPublish()).PacketId;
            await client.Ping();
        }

        await under.Host.Until("disconnected d1 ConnectionLost");
        under.Broker.Publish("t", "three"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        await using var again = await under.Open();
        Assert.True((await again.Connect("d1", clean: false)).SessionPresent);
        var second = await again.NextPublish();
        Assert.Equal(("two", true, id), (second.Payload, second.Dup, second.PacketId));
        var third = await again.NextPublish();
        Assert.Equal(("three", false), (third.Payload, third.Dup));
        Assert.NotEqual(id, third.PacketId);
    }

    [Fact]
    [Mqtt5("3.3.4-9")]
    public async Task No_more_than_the_receive_maximum_is_in_flight_MQTT_3_3_4_9()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1", ProtocolLevel.V5, properties: new Properties { ReceiveMaximum = 2 });
        await client.Subscribe("t", QoS.AtLeastOnce);
        for (var i = 0; i < 5; i++)
            under.Broker.Publish("t", new[] { (byte)i }, QoS.AtLeastOnce, retain: false);

        var first = await client.NextPublish();
        await client.NextPublish();
        await client.Ping();
        await client.PubAck(first.PacketId);
        Assert.Equal([2], (await client.NextPublish()).Bytes);
        await client.Ping();
        await client.PubAck(999); // Not in flight: no room is made by it.
        await client.Ping();
    }

    [Fact]
    public async Task The_broker_has_at_most_100_in_flight_as_AWS_does()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1");
        await client.Subscribe("t", QoS.AtLeastOnce);
        for (var i = 0; i < 101; i++)
            under.Broker.Publish("t", new[] { (byte)i }, QoS.AtLeastOnce, retain: false);
        for (var i = 0; i < 100; i++)
            Assert.Equal([(byte)i], (await client.NextPublish()).Bytes);
        await client.Ping();
    }

    [Fact]
    public async Task A_session_queue_is_bounded_and_keeps_the_oldest()
    {
        await using var under = await BrokerUnderTest.Start(options => options with { SessionQueueMessagesMax = 3 });
        await using (var client = await under.Connect("d1", clean: false))
            await client.Subscribe("t", QoS.AtLeastOnce);
        await under.Host.Until("disconnected d1 ConnectionLost");
        for (var i = 0; i < 10; i++)
            under.Broker.Publish("t", new[] { (byte)i }, QoS.AtLeastOnce, retain: false);
        Assert.Equal(7, under.Broker.Count().Drops);

        await using var again = await under.Connect("d1", clean: false);
        for (var i = 0; i < 3; i++)
            Assert.Equal([(byte)i], (await again.NextPublish()).Bytes);
        await again.Ping();
    }

    [Fact]
    public async Task A_queue_is_bounded_in_bytes_too()
    {
        await using var under = await BrokerUnderTest.Start(options => options with { SessionQueueBytesMax = 10_000 });
        await using (var client = await under.Connect("d1", clean: false))
            await client.Subscribe("t", QoS.AtLeastOnce);
        await under.Host.Until("disconnected d1 ConnectionLost");
        for (var i = 0; i < 10; i++)
            under.Broker.Publish("t", new byte[4000], QoS.AtLeastOnce, retain: false);
        Assert.Equal(8, under.Broker.Count().Drops);
    }

    [Fact]
    public async Task A_kept_session_ends_after_its_time_and_a_message_after_its_own()
    {
        await using var under = await BrokerUnderTest.Start();
        await using (var client = await under.Connect("d1", clean: false))
            await client.Subscribe("t", QoS.AtLeastOnce);
        await under.Host.Until("disconnected d1 ConnectionLost");
        var soon = new Properties { MessageExpirySeconds = 60 };
        under.Broker.Publish("t", "soon"u8.ToArray(), QoS.AtLeastOnce, retain: false, soon);
        under.Broker.Publish("t", "late"u8.ToArray(), QoS.AtLeastOnce, retain: false);

        await under.Advance(TimeSpan.FromMinutes(59));
        await using (var again = await under.Open())
        {
            Assert.True((await again.Connect("d1", clean: false)).SessionPresent);
            Assert.Equal("late", (await again.NextPublish()).Payload);
        }

        await under.Host.Until("disconnected d1 ConnectionLost");
        await under.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal((0L, 0L), (under.Broker.Count().Sessions, under.Broker.Count().Subscriptions));
        await using var late = await under.Open();
        Assert.False((await late.Connect("d1", clean: false)).SessionPresent);
    }

    [Fact]
    public async Task A_level_does_not_resume_the_other_levels_session_but_takes_its_connection()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var old = await under.Connect("d1", ProtocolLevel.V311, clean: false);
        await using var current = await under.Open(ProtocolLevel.V5);
        var answer = await current.Connect("d1", clean: false, properties: new Properties { SessionExpirySeconds = 60 });
        Assert.False(answer.SessionPresent);
        await old.ExpectEnd();
        Assert.Equal(2, under.Broker.Count().Sessions);
    }

    [Fact]
    [Mqtt5("4.1.0-2")]
    public async Task DISCONNECT_may_change_the_expiry_but_not_begin_one_MQTT_3_14_2_2()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var kept = await under.Connect("d1", ProtocolLevel.V5, properties: new Properties { SessionExpirySeconds = 600 });
        await kept.Disconnect(properties: new Properties { SessionExpirySeconds = 0 });
        await kept.ExpectEnd();
        await under.Host.Until("disconnected d1 ClientInitiated");
        Assert.Equal(0, under.Broker.Count().Sessions);

        await using var clean = await under.Connect("d2", ProtocolLevel.V5);
        await clean.Disconnect(properties: new Properties { SessionExpirySeconds = 60 });
        await clean.ExpectDisconnect(ReasonCode.ProtocolError);
    }

    [Fact]
    [Mqtt311("3.1.2-6")]
    [Mqtt5("3.1.2-4")]
    public async Task A_clean_start_forgets_the_session_before_it_MQTT_3_1_2_4()
    {
        await using var under = await BrokerUnderTest.Start();
        await using (var client = await under.Connect("d1", clean: false))
            await client.Subscribe("t", QoS.AtLeastOnce);
        await under.Host.Until("disconnected d1 ConnectionLost");
        under.Broker.Publish("t", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        await using var clean = await under.Open();
        Assert.False((await clean.Connect("d1", clean: true)).SessionPresent);
        await clean.Ping();
        Assert.Equal(0, under.Broker.Publish("t", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false));
    }

    [Fact]
    public async Task A_message_queued_before_a_policy_changed_is_not_delivered_after_it()
    {
        await using var under = await BrokerUnderTest.Start();
        await using (var client = await under.Connect("d1", clean: false))
            await client.Subscribe("#", QoS.AtLeastOnce);
        await under.Host.Until("disconnected d1 ConnectionLost");
        under.Broker.Publish("secret", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        under.Broker.Publish("open", "y"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        under.Host.MayReceive = (_, topic) => topic != "secret";
        await using var again = await under.Connect("d1", clean: false);
        Assert.Equal("open", (await again.NextPublish()).Topic);
        await again.Ping();
    }

    [Fact]
    public async Task An_unsolicited_QoS_1_message_waits_for_its_acknowledgement_like_any_other()
    {
        await using var under = await BrokerUnderTest.Start();
        await using (var client = await under.Connect("d1", clean: false))
        {
            Assert.Equal(SendResult.Queued, under.Broker.Find("d1")!.TrySend("t"u8, "<"u8, "x"u8.ToArray(), ">"u8, QoS.AtLeastOnce));
            Assert.Equal("<x>", (await client.NextPublish()).Payload);
        }

        await under.Host.Until("disconnected d1 ConnectionLost");
        await using var again = await under.Connect("d1", clean: false);
        var message = await again.NextPublish();
        Assert.Equal(("<x>", true), (message.Payload, message.Dup));
    }
}
