using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>The three levels of delivery (4.3), what comes again (4.4), order (4.6) and flow control (4.9).</summary>
public sealed class DeliveryClauseTests
{
    public static TheoryData<ProtocolLevel, QoS> Acknowledged => new()
    {
        { ProtocolLevel.V311, QoS.AtLeastOnce }, { ProtocolLevel.V311, QoS.ExactlyOnce },
        { ProtocolLevel.V5, QoS.AtLeastOnce }, { ProtocolLevel.V5, QoS.ExactlyOnce },
    };

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("2.3.1-6", "3.3.1-2", "3.3.4-1", "4.3.1-1", "4.3.2-2")]
    [Mqtt5("2.2.1-5", "3.3.1-2", "3.3.4-1", "4.3.1-1", "4.3.2-4", "4.3.2-5", "3.4.2-1")]
    public async Task QoS_1_from_a_client_is_acknowledged_and_its_identifier_free_and_QoS_0_has_no_answer(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var reader = await under.Connect("r", level);
        await reader.Subscribe("t", QoS.AtMostOnce);
        await using var writer = await under.Connect("w", level);
        await writer.Publish("t", "0");
        for (var i = 1; i <= 3; i++)
        {
            await writer.Send(Raw.Packet((byte)(i == 1 ? 0x32 : 0x3A), Raw.Text("t"), Raw.Number(0xABCD), Raw.Properties(level), Raw.Utf8($"{i}")));
            await writer.Acknowledged(QoS.AtLeastOnce, 0xABCD);
        }

        await writer.Ping();
        for (var i = 0; i <= 3; i++)
            Assert.Equal(($"{i}", false), (await reader.NextPublish()) is var message ? (message.Payload, message.Dup) : default);
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("2.3.1-6", "3.3.4-1", "4.3.3-2")]
    [Mqtt5("2.2.1-5", "3.3.4-1", "4.3.3-8", "4.3.3-10", "4.3.3-11", "4.3.3-12", "3.5.2-1", "3.7.2-1")]
    public async Task QoS_2_from_a_client_is_delivered_once_until_its_identifier_is_released(ProtocolLevel level)
    {
        await using var under = await Profiles.Start();
        await using var reader = await under.Connect("r", level);
        await reader.Subscribe("t", QoS.AtMostOnce);
        var writer = await under.Keep("w", level);
        await writer.Publish("t", "1", QoS.ExactlyOnce, packetId: 7);
        Assert.Equal((7, ReasonCode.Success), await writer.Acked(PacketType.PubRec));
        await Again(writer, "same");
        await under.Lose(writer, "w");
        (writer, _) = await under.Resume("w", level);
        await Again(writer, "same, on another connection");
        for (var i = 0; i < 2; i++)
        {
            await writer.Ack(PacketType.PubRel, 7);
            var (id, reason) = await writer.Acked(PacketType.PubComp);
            Assert.Equal((7, i == 0 || level == ProtocolLevel.V311 ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound), (id, reason));
        }

        await writer.PublishFully("t", "2", QoS.ExactlyOnce, packetId: 7);
        Assert.Equal(("1", "2"), ((await reader.NextPublish()).Payload, (await reader.NextPublish()).Payload));
        await reader.Ping();
        await writer.DisposeAsync();

        async Task Again(RawClient client, string payload)
        {
            await client.Send(Raw.Packet(0x3C, Raw.Text("t"), Raw.Number(7), Raw.Properties(level), Raw.Utf8(payload)));
            Assert.Equal((7, ReasonCode.Success), await client.Acked(PacketType.PubRec));
        }
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("4.3.3-2")]
    [Mqtt5("4.3.3-8", "4.3.3-9")]
    public async Task QoS_2_whose_effect_failed_is_handled_when_it_comes_again(ProtocolLevel level)
    {
        await using var under = await Profiles.Start();
        var attempts = 0;
        under.Host.MayPublish = (_, _) => PublishVerdict.AllowAckAfterEffect;
        under.Host.Handle = (IConnection _, in IncomingPublish _) =>
            new PublishHandling(Route: false, new(++attempts == 1 ? ReasonCode.UnspecifiedError : ReasonCode.Success));
        var client = await under.Keep("d", level);
        await client.Publish("t", "x", QoS.ExactlyOnce, packetId: 7);
        if (level == ProtocolLevel.V5)
        {
            Assert.Equal((7, ReasonCode.UnspecifiedError), await client.Acked(PacketType.PubRec));
        }
        else
        {
            await client.ExpectEnd();
            await client.DisposeAsync();
            (client, _) = await under.Resume("d", level);
        }

        await client.Send(Raw.Packet(0x3C, Raw.Text("t"), Raw.Number(7), Raw.Properties(level), Raw.Utf8("x")));
        await client.Acknowledged(QoS.ExactlyOnce, 7);
        Assert.Equal(2, attempts);
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("4.3.3-2")]
    [Mqtt5("4.3.3-8", "4.3.3-10")]
    public async Task Of_QoS_2_the_message_is_told_to_the_journal_before_its_identifier_and_both_before_any_PUBREC(ProtocolLevel level)
    {
        var journal = new TestJournal();
        await using var under = await Profiles.Start(journal: journal);
        await using (var reader = await under.Keep("r", level))
            await reader.Subscribe("t", QoS.ExactlyOnce);
        var writer = await under.Keep("w", level);
        journal.HoldUp();
        await writer.Publish("t", "x", QoS.ExactlyOnce, packetId: 7);
        await writer.Ping();
        // A message that is lost with its identifier comes again; one whose identifier alone is kept would be lost.
        Assert.Equal(["queued", "received"], journal.Told.Where(told => told is "queued" or "received"));
        await under.Lose(writer, "w");
        (writer, _) = await under.Resume("w", level);
        await writer.Send(Raw.Packet(0x3C, Raw.Text("t"), Raw.Number(7), Raw.Properties(level), Raw.Utf8("x")));
        await writer.Ping(); // Known, and as little acknowledged as the first.
        journal.GoOn();
        await writer.Acknowledged(QoS.ExactlyOnce, 7);
        Assert.Equal(1, journal.Told.Count(told => told == "queued"));
        await writer.DisposeAsync();
    }

    [Theory]
    [InlineData(QoS.AtLeastOnce)]
    [InlineData(QoS.ExactlyOnce)]
    [Mqtt5("3.4.2-1", "3.5.2-1", "3.14.2-1")]
    public async Task A_failure_that_PUBACK_has_no_code_for_ends_the_connection_with_it(QoS qos)
    {
        await using var under = await Profiles.Start();
        under.Host.MayPublish = (_, _) => PublishVerdict.AllowAckAfterEffect;
        under.Host.Handle = (IConnection _, in IncomingPublish _) => new PublishHandling(Route: false, new(ReasonCode.ServerShuttingDown));
        await using var client = await under.Connect("d", ProtocolLevel.V5);
        await client.Publish("t", "x", qos);
        await client.ExpectDisconnect(ReasonCode.ServerShuttingDown);
    }

    [Fact]
    [Mqtt5("4.3.3-9")]
    public async Task After_a_PUBREC_that_says_no_the_identifier_is_free()
    {
        await using var under = await Profiles.Start();
        under.Host.MayPublish = (_, topic) => topic == "no" ? PublishVerdict.Drop(ReasonCode.QuotaExceeded) : PublishVerdict.Allow;
        await using var client = await under.Connect("d", ProtocolLevel.V5);
        await client.Subscribe("yes", QoS.AtMostOnce);
        await client.Publish("no", "x", QoS.ExactlyOnce, packetId: 4);
        Assert.Equal((4, ReasonCode.QuotaExceeded), await client.Acked(PacketType.PubRec));
        await client.Publish("yes", "x", QoS.ExactlyOnce, packetId: 4);
        var (first, second) = ((await client.Next())!.Value, (await client.Next())!.Value);
        Assert.Equal([PacketType.Publish, PacketType.PubRec], new[] { first.Type, second.Type }.Order());
    }

    [Theory]
    [MemberData(nameof(Acknowledged))]
    [Mqtt311("2.3.1-4", "2.3.1-3", "3.3.1-1", "3.3.1-3", "4.3.2-1", "4.3.3-1", "4.4.0-1", "4.6.0-1", "4.6.0-6")]
    [Mqtt5(
        "2.2.1-4", "3.3.1-1", "3.3.1-3", "4.3.2-1", "4.3.2-2", "4.3.2-3", "4.3.3-1", "4.3.3-2", "4.3.3-3", "4.4.0-1", "4.6.0-1", "4.6.0-5", "4.6.0-6")]
    public async Task What_a_client_has_not_acknowledged_comes_again_when_it_is_back_and_at_no_other_time(ProtocolLevel level, QoS qos)
    {
        await using var under = await Profiles.Start();
        var client = await under.Keep("d", level);
        await client.Subscribe("t", qos);
        await using var writer = await under.Connect("w", level);
        var ids = new List<ushort>();
        for (var i = 0; i < 5; i++)
        {
            // DUP of the publisher is not passed on.
            await writer.Send(Raw.Packet((byte)(0x38 | ((int)qos << 1)), Raw.Text("t"), Raw.Number(1), Raw.Properties(level), Raw.Utf8($"{i}")));
            await writer.Acknowledged(qos, 1);
            var message = await client.NextPublish();
            Assert.Equal(($"{i}", qos, false), (message.Payload, message.QoS, message.Dup));
            ids.Add(message.PacketId);
        }

        Assert.Equal(5, ids.Distinct().Count());
        Assert.DoesNotContain((ushort)0, ids);
        await under.Advance(TimeSpan.FromSeconds(80));
        await client.Ping(); // However long it takes, on one connection nothing comes twice.
        await under.Lose(client, "d");
        for (var again = 0; again < 2; again++)
        {
            (client, var present) = await under.Resume("d", level);
            Assert.True(present);
            for (var i = 0; i < 5; i++)
                Assert.Equal(($"{i}", true, ids[i]), (await client.NextPublish()) is var message ? (message.Payload, message.Dup, message.PacketId) : default);
            if (again == 0)
                await under.Lose(client, "d");
        }

        under.Broker.Publish("t", "new"u8.ToArray(), qos, retain: false);
        var next = await client.NextPublish();
        Assert.Equal(("new", false), (next.Payload, next.Dup));
        Assert.DoesNotContain(next.PacketId, ids);
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("4.3.3-1", "4.4.0-1", "4.6.0-4")]
    [Mqtt5("3.6.2-1", "4.3.3-4", "4.3.3-5", "4.3.3-6", "4.4.0-1", "4.6.0-4")]
    public async Task After_PUBREC_only_PUBREL_is_sent_until_PUBCOMP(ProtocolLevel level)
    {
        await using var under = await Profiles.Start();
        var client = await under.Keep("d", level);
        await client.Subscribe("t", QoS.ExactlyOnce);
        var ids = new List<ushort>();
        for (var i = 0; i < 3; i++)
        {
            under.Broker.Publish("t", new[] { (byte)i }, QoS.ExactlyOnce, retain: false);
            ids.Add((await client.NextPublish()).PacketId);
        }

        foreach (var id in ids)
            await client.Ack(PacketType.PubRec, id);
        foreach (var id in ids)
            Assert.Equal((id, ReasonCode.Success), await client.Acked(PacketType.PubRel));
        await client.Ack(PacketType.PubRec, ids[1]);
        Assert.Equal((ids[1], ReasonCode.Success), await client.Acked(PacketType.PubRel));
        await client.Ack(PacketType.PubComp, ids[0]);
        await client.Ping();
        await under.Lose(client, "d");
        (client, _) = await under.Resume("d", level);
        foreach (var id in ids[1..])
            Assert.Equal((id, ReasonCode.Success), await client.Acked(PacketType.PubRel));
        foreach (var id in ids[1..])
            await client.Ack(PacketType.PubComp, id);
        await client.Ping();
        await under.Lose(client, "d");
        (client, _) = await under.Resume("d", level);
        await client.Ping();
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(QoS.AtLeastOnce)]
    [InlineData(QoS.ExactlyOnce)]
    [Mqtt5("4.3.3-7", "4.3.3-13", "4.4.0-1")]
    public async Task What_has_been_sent_once_is_sent_again_although_it_has_expired(QoS qos)
    {
        await using var under = await Profiles.Start();
        var client = await under.Keep("d", ProtocolLevel.V5);
        await client.Subscribe("t", qos);
        under.Broker.Publish("t", "x"u8.ToArray(), qos, retain: false, new Properties { MessageExpirySeconds = 5 });
        var id = (await client.NextPublish()).PacketId;
        await under.Lose(client, "d");
        await under.Advance(TimeSpan.FromSeconds(60));
        (client, _) = await under.Resume("d", ProtocolLevel.V5);
        var message = await client.Take();
        Assert.Equal((id, true), (message.PacketId, message.Dup));
        await client.Ping();
        await client.DisposeAsync();

        // From a client: the four steps are taken whatever becomes of the message.
        await using var writer = await under.Connect("w", ProtocolLevel.V5);
        await writer.PublishFully("t", "x", qos, properties: new Properties { MessageExpirySeconds = 0 });
    }

    [Fact]
    [Mqtt5("4.4.0-2", "4.3.3-4")]
    public async Task An_answer_that_says_no_acknowledges_too()
    {
        await using var under = await Profiles.Start();
        var client = await under.Keep("d", ProtocolLevel.V5);
        await client.Subscribe("t", QoS.ExactlyOnce);
        foreach (var (qos, answer) in new[] { (QoS.AtLeastOnce, PacketType.PubAck), (QoS.ExactlyOnce, PacketType.PubRec) })
        {
            under.Broker.Publish("t", "x"u8.ToArray(), qos, retain: false);
            await client.Ack(answer, (await client.NextPublish()).PacketId, ReasonCode.ImplementationSpecificError);
        }

        await client.Ping(); // No PUBREL.
        await under.Lose(client, "d");
        (client, _) = await under.Resume("d", ProtocolLevel.V5);
        await client.Ping();
        await client.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Acknowledged))]
    [Mqtt311("4.6.0-2", "4.6.0-3", "4.6.0-5", "4.6.0-6")]
    [Mqtt5("4.6.0-2", "4.6.0-3", "4.6.0-5", "4.6.0-6")]
    public async Task Answers_and_messages_have_the_order_of_what_they_answer_and_pass_on(ProtocolLevel level, QoS qos)
    {
        // With a journal answers wait to be written: they must not overtake each other either.
        await using var under = await Profiles.Start(journal: new TestJournal());
        await using var reader = await under.Keep("r", level);
        await reader.Subscribe("kept", qos);
        await reader.Subscribe("t", qos);
        await using var writer = await under.Connect("w", level);
        for (ushort id = 1; id <= 40; id++)
            await writer.Publish(id % 3 == 0 ? "nobody" : id % 2 == 0 ? "kept" : "t", $"{id}", qos, id);
        for (ushort id = 1; id <= 40; id++)
            Assert.Equal((id, ReasonCode.Success), await writer.Acked(qos == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec));
        foreach (var id in Enumerable.Range(1, 40).Where(id => id % 3 != 0))
            Assert.Equal($"{id}", (await reader.NextPublish()).Payload);
    }

    [Theory]
    [InlineData(Profiles.Aws, QoS.AtLeastOnce)]
    [InlineData(Profiles.Standard, QoS.AtLeastOnce)]
    [InlineData(Profiles.Standard, QoS.ExactlyOnce)]
    [Mqtt5("3.3.4-9", "3.3.4-10", "4.9.0-1", "4.9.0-2", "4.9.0-3")]
    public async Task No_more_than_the_clients_receive_maximum_is_under_way_and_all_else_goes_on(string profile, QoS qos)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", ProtocolLevel.V5, properties: new Properties { ReceiveMaximum = 2 });
        await client.Subscribe("t", qos);
        for (var i = 0; i < 5; i++)
            under.Broker.Publish("t", new[] { (byte)i }, qos, retain: false);
        var (first, second) = (await client.NextPublish(), await client.NextPublish());
        await client.Ping();
        await client.Subscribe("zero", QoS.AtMostOnce);
        await client.Publish("zero", "x");
        Assert.Equal("x", (await client.NextPublish()).Payload);
        await client.PublishFully("other", "x", QoS.AtLeastOnce);
        if (qos == QoS.AtLeastOnce)
            await client.PubAck(second.PacketId);
        else
            await client.Ack(PacketType.PubRec, second.PacketId, ReasonCode.UnspecifiedError); // Ends it; a PUBREC that says yes does not.
        Assert.Equal([2], (await client.NextPublish()).Bytes);
        if (qos == QoS.ExactlyOnce)
        {
            await client.Ack(PacketType.PubRec, first.PacketId);
            await client.Next(PacketType.PubRel);
        }

        await client.Ping();
    }

    [Fact]
    [Mqtt5("3.3.4-7", "4.9.0-2")]
    public async Task A_client_that_exceeds_the_servers_receive_maximum_is_told_0x93_at_either_QoS()
    {
        await using var under = await Profiles.Start(change: options => options with { Profile = options.Profile with { ReceiveMaximum = 3 } });
        foreach (var qos in new[] { QoS.AtLeastOnce, QoS.ExactlyOnce })
        {
            await using var client = await under.Open(ProtocolLevel.V5);
            Assert.Equal((ushort)3, (await client.Connect("d")).Properties!.ReceiveMaximum);
            for (ushort id = 1; id <= 3; id++)
            {
                await client.Publish("t", "x", QoS.ExactlyOnce, id);
                await client.Next(PacketType.PubRec);
            }

            await client.Publish("t", "x");
            await client.Ping(); // QoS 0 does not count.
            await client.Publish("t", "x", qos, packetId: 4);
            await client.ExpectDisconnect(ReasonCode.ReceiveMaximumExceeded);
        }
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("3.3.4-1")]
    [Mqtt5("3.3.4-1", "3.2.2-11")]
    public async Task AWS_has_no_QoS_2(ProtocolLevel level)
    {
        await using var under = await Profiles.Start(Profiles.Aws);
        await using var client = await under.Connect("d", level);
        await client.Publish("t", "x", QoS.ExactlyOnce);
        await client.ExpectRefusal(level, ReasonCode.QosNotSupported);
        foreach (var type in new[] { PacketType.PubRec, PacketType.PubRel, PacketType.PubComp })
        {
            await using var other = await under.Connect("d", level);
            await other.Ack(type, 1);
            await other.ExpectRefusal(level, ReasonCode.ProtocolError);
        }
    }
}
