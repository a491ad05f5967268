using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>SUBSCRIBE and UNSUBSCRIBE with their answers (3.8 to 3.11), filters (4.7).</summary>
public sealed class SubscribeClauseTests
{
    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("2.3.1-7", "3.8.4-1", "3.8.4-2", "3.8.4-4", "3.8.4-5", "3.9.3-1", "3.9.3-2")]
    [Mqtt5("2.2.1-6", "3.8.4-1", "3.8.4-2", "3.8.4-5", "3.8.4-6", "3.8.4-7", "3.9.3-1", "3.9.3-2")]
    public async Task Each_filter_has_its_code_in_its_place_under_the_packets_identifier(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        under.Host.MaySubscribe = (_, filter) => filter.Filter == "no" ? SubscribeVerdict.Refuse(ReasonCode.NotAuthorized) : SubscribeVerdict.Granted;
        await using var client = await under.Connect("d", level);
        var highest = profile == Profiles.Aws ? QoS.AtLeastOnce : QoS.ExactlyOnce;
        await client.Send(output => PacketWriter.Subscribe(output, level, new SubscribePacket(0xFFFE,
            [new("a", QoS.AtMostOnce), new("no", QoS.AtLeastOnce), new("b", highest), new("a", QoS.AtLeastOnce)])));
        var ack = (await client.Next(PacketType.SubAck)).SubAck;
        var refused = level == ProtocolLevel.V5 ? ReasonCode.NotAuthorized : ReasonCode.UnspecifiedError;
        Assert.Equal(0xFFFE, ack.PacketId);
        Assert.Equal([ReasonCode.Success, refused, (ReasonCode)highest, ReasonCode.GrantedQos1], ack.Codes);

        // As if they had come one after the other: the last one of a counts.
        under.Broker.Publish("a", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        Assert.Equal(QoS.AtLeastOnce, (await client.Take()).QoS);
        Assert.Equal(0, under.Broker.Publish("no", "x"u8.ToArray(), QoS.AtMostOnce, retain: false));
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.8.3-3", "3.8.3-4", "3.10.3-2", "4.8.0-1")]
    [Mqtt5("3.8.3-2", "3.8.3-5", "3.10.3-2", "4.13.1-1")]
    public async Task Without_filters_or_with_options_that_cannot_be_the_connection_ends(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        var cases = new List<(byte[] Packet, ReasonCode Reason)>
        {
            (Raw.Packet(Raw.Subscribe, Raw.Number(1), Raw.Properties(level)), ReasonCode.ProtocolError),
            (Raw.Packet(Raw.Unsubscribe, Raw.Number(1), Raw.Properties(level)), ReasonCode.ProtocolError),
            (WithOptions(0x03), ReasonCode.ProtocolError),
            (WithOptions(0x40), ReasonCode.MalformedPacket),
            (WithOptions(0x80), ReasonCode.MalformedPacket),
            (Raw.Packet(Raw.Subscribe, Raw.Number(1), Raw.Properties(level), Raw.Text("t")), ReasonCode.MalformedPacket), // no options
        };
        if (level == ProtocolLevel.V311)
            cases.AddRange([(WithOptions(0x04), ReasonCode.Success), (WithOptions(0x08), ReasonCode.Success), (WithOptions(0x10), ReasonCode.Success)]);
        foreach (var (packet, reason) in cases)
        {
            await using var client = await under.Connect("d", level);
            await client.Send(packet);
            await client.ExpectRefusal(level, reason);
        }

        byte[] WithOptions(byte options) => Raw.Packet(Raw.Subscribe, Raw.Number(1), Raw.Properties(level), Raw.Text("t"), [options]);
    }

    [Theory]
    [InlineData(ProtocolLevel.V311, false)]
    [InlineData(ProtocolLevel.V311, true)]
    [InlineData(ProtocolLevel.V5, false)]
    [InlineData(ProtocolLevel.V5, true)]
    [Mqtt311("3.8.3-4")]
    [Mqtt5("3.2.2-10")]
    public async Task QoS_2_is_granted_or_ends_the_connection_as_the_maximum_is(ProtocolLevel level, bool aws)
    {
        await using var under = await Profiles.Start(aws ? Profiles.Aws : Profiles.Standard);
        await using var client = await under.Connect("d", level);
        await client.Send(output => PacketWriter.Subscribe(output, level, new SubscribePacket(1, [new("t", QoS.ExactlyOnce)])));
        if (aws)
            await client.ExpectRefusal(level, ReasonCode.QosNotSupported);
        else
            Assert.Equal([ReasonCode.GrantedQos2], (await client.Next(PacketType.SubAck)).SubAck.Codes);
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("4.7.1-2", "4.7.1-3", "4.7.3-1")]
    [Mqtt5("4.7.1-1", "4.7.1-2", "4.7.3-1", "4.8.2-1", "4.8.2-2")]
    public async Task A_filter_that_cannot_be_ends_the_connection_and_fails_in_SUBACK_at_AWS(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        foreach (var filter in new[] { "a#", "#/a", "a/#/b", "a+", "+a/b", "a/b+/c", "", "$share//t", "$share/g", "$share/g/", "$share/a+/t", "$share/#/t", "$share/g/a#" })
        {
            await using var client = await under.Connect("d", level);
            await client.Send(output => PacketWriter.Subscribe(output, level, new SubscribePacket(1, [new("fine", QoS.AtMostOnce), new(filter, QoS.AtMostOnce)])));
            if (profile == Profiles.Standard)
            {
                await client.ExpectRefusal(level, ReasonCode.MalformedPacket);
                continue;
            }

            var failure = level == ProtocolLevel.V5 ? ReasonCode.TopicFilterInvalid : ReasonCode.UnspecifiedError;
            Assert.Equal([ReasonCode.Success, failure], (await client.Next(PacketType.SubAck)).SubAck.Codes);
        }
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("4.7.1-2", "4.7.1-3", "4.7.2-1")]
    [Mqtt5("4.7.1-1", "4.7.1-2", "4.7.2-1")]
    public async Task Wildcards_match_levels_of_which_some_may_be_empty(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", level);
        foreach (var (filter, topic, matches) in new[]
        {
            ("#", "a/b/c", true), ("#", "/", true), ("#", "$SYS/a", false), ("+", "a", true), ("+", "/a", false), ("+/+", "/a", true), ("/+", "/a", true),
            ("+/a", "$SYS/a", false), ("a/+/c", "a//c", true), ("a/+", "a/", true), ("a/#", "a/b/c", true), ("a/#", "a/", true),
            ("a/#", "a", profile == Profiles.Standard), ("a/#", "ab", false), ("+/+/#", "a/b", profile == Profiles.Standard), ("a/+/#", "a", false),
        })
        {
            await client.Subscribe(filter, QoS.AtMostOnce);
            Assert.Equal((filter, topic, matches), (filter, topic, under.Broker.Publish(topic, "x"u8.ToArray(), QoS.AtMostOnce, retain: false) == 1));
            if (matches)
                Assert.Equal(topic, (await client.NextPublish()).Topic);
            await Unsubscribe(client, level, filter);
        }
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.8.4-3", "3.8.4-6")]
    [Mqtt5("3.8.4-3", "3.8.4-8")]
    public async Task The_same_filter_again_replaces_and_messages_have_the_lower_QoS(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", level);
        var all = profile == Profiles.Aws ? new[] { QoS.AtMostOnce, QoS.AtLeastOnce } : [QoS.AtMostOnce, QoS.AtLeastOnce, QoS.ExactlyOnce];
        foreach (var granted in all.Concat(all.Reverse()))
        {
            await client.Subscribe("t", granted);
            foreach (var qos in all)
            {
                Assert.Equal(1, under.Broker.Publish("t", "x"u8.ToArray(), qos, retain: false));
                Assert.Equal(qos < granted ? qos : granted, (await client.Take()).QoS);
            }
        }

        Assert.Equal(1, under.Broker.Count().Subscriptions);
    }

    [Fact]
    [Mqtt311("3.8.4-3")]
    [Mqtt5("3.8.4-3", "3.8.4-4")]
    public async Task While_a_filter_is_replaced_again_and_again_no_message_is_lost()
    {
        await using var under = await Profiles.Start();
        await using var client = await under.Connect("d");
        await client.Subscribe("t", QoS.AtMostOnce);
        var publishing = Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
                under.Broker.Publish("t", BitConverter.GetBytes(i), QoS.AtMostOnce, retain: false);
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 50; i++)
            await client.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V311, new SubscribePacket(1, [new("t", QoS.AtMostOnce)])));
        await publishing;
        for (var (messages, answers) = (0, 0); messages < 500 || answers < 50;)
        {
            var packet = (await client.Next())!.Value;
            if (packet.Type == PacketType.SubAck)
                answers++;
            else
                Assert.Equal(messages++, BitConverter.ToInt32(packet.Publish.Payload.Span));
        }
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("2.3.1-7", "3.10.4-1", "3.10.4-2", "3.10.4-4", "3.10.4-5", "3.10.4-6")]
    [Mqtt5("2.2.1-6", "3.10.4-1", "3.10.4-2", "3.10.4-4", "3.10.4-5", "3.10.4-6", "3.11.3-1", "3.11.3-2")]
    public async Task UNSUBSCRIBE_takes_the_same_filters_and_answers_each(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", level);
        foreach (var filter in new[] { "a/#", "a/+", "$share/g/b", "A/#" })
            await client.Subscribe(filter, QoS.AtMostOnce);
        var ack = await Unsubscribe(client, level, "never", "a/#", "b", "$share/g/b", "#");
        Assert.Equal(0xFFFD, ack.PacketId);
        const ReasonCode Gone = ReasonCode.Success, None = ReasonCode.NoSubscriptionExisted;
        Assert.Equal(level == ProtocolLevel.V5 ? [None, Gone, None, Gone, None] : Array.Empty<ReasonCode>(), ack.Codes);
        Assert.Equal(2, under.Broker.Count().Subscriptions);
        foreach (var (topic, count) in new[] { ("a/b", 1), ("a/b/c", 0), ("b", 0), ("A/b", 1) })
            Assert.Equal(count, under.Broker.Publish(topic, "x"u8.ToArray(), QoS.AtMostOnce, retain: false));
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.10.4-2", "3.10.4-3")]
    [Mqtt5("3.10.4-2", "3.10.4-3")]
    public async Task What_was_being_delivered_when_a_filter_went_is_completed(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        var qos = profile == Profiles.Aws ? QoS.AtLeastOnce : QoS.ExactlyOnce;
        var client = await under.Keep("d", level);
        await client.Subscribe("t", qos);
        under.Broker.Publish("t", "x"u8.ToArray(), qos, retain: false);
        var id = (await client.NextPublish()).PacketId;
        await Unsubscribe(client, level, "t");
        Assert.Equal(0, under.Broker.Publish("t", "new"u8.ToArray(), qos, retain: false));
        await under.Lose(client, "d");
        (client, _) = await under.Resume("d", level);
        var message = await client.Take();
        Assert.Equal(("x", id, true), (message.Payload, message.PacketId, message.Dup));
        await client.Ping();
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(Profiles.Aws)]
    [InlineData(Profiles.Standard)]
    [Mqtt5("3.8.3-3", "3.8.3-4")]
    public async Task No_local_keeps_own_messages_away_and_is_not_for_shared_filters(string profile)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", ProtocolLevel.V5);
        await using var other = await under.Connect("o", ProtocolLevel.V5);
        await client.Subscribe(new SubscribeFilter("t", QoS.AtLeastOnce) { NoLocal = true });
        await client.PublishFully("t", "own", QoS.AtLeastOnce);
        await other.PublishFully("t", "other", QoS.AtLeastOnce);
        Assert.Equal("other", (await client.Take()).Payload);
        await client.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V5, new SubscribePacket(1, [new("$share/g/t", QoS.AtMostOnce) { NoLocal = true }])));
        await client.ExpectDisconnect(ReasonCode.ProtocolError);
    }

    [Fact]
    [Mqtt5("3.3.4-3", "3.3.4-4", "3.3.4-5")]
    public async Task Subscription_identifiers_come_with_the_message_of_all_filters_that_have_one()
    {
        await using var under = await Profiles.Start();
        var client = await under.Keep("d", ProtocolLevel.V5);
        await client.Subscribe("a/+", QoS.AtLeastOnce, Ids(1));
        await client.Subscribe("a/#", QoS.AtLeastOnce, Ids(268_435_455));
        await client.Subscribe("a/b", QoS.AtLeastOnce);
        await client.Subscribe("$share/g/a/b", QoS.AtLeastOnce, Ids(7));
        under.Broker.Publish("a/b", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        // The shared subscription is one of its own and has its own copy.
        var copies = new[] { await client.Take(), await client.Take() }.Select(message => message.Properties!.SubscriptionIds!.Order().ToArray()).OrderBy(ids => ids.Length).ToList();
        Assert.Equal([7u], copies[0]);
        Assert.Equal([1u, 268_435_455u], copies[1]);

        await client.Subscribe("a/+", QoS.AtLeastOnce, Ids(2)); // Replaced, and without one where none is named.
        await client.Subscribe("a/#", QoS.AtLeastOnce);
        await Unsubscribe(client, ProtocolLevel.V5, "$share/g/a/b");
        await under.Lose(client, "d");
        under.Broker.Publish("a/b", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        (client, _) = await under.Resume("d", ProtocolLevel.V5);
        Assert.Equal([2u], (await client.Take()).Properties!.SubscriptionIds!);
        await client.DisposeAsync();

        static Properties Ids(uint id) => new() { SubscriptionIds = [id] };
    }

    [Fact]
    [Mqtt5("3.3.4-3")]
    public async Task AWS_takes_no_subscription_identifiers()
    {
        await using var under = await Profiles.Start(Profiles.Aws);
        await using var client = await under.Open(ProtocolLevel.V5);
        Assert.Equal((byte)0, (await client.Connect("d")).Properties!.SubscriptionIdsAvailable);
        await client.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V5,
            new SubscribePacket(1, [new("t", QoS.AtMostOnce)]) { Properties = new Properties { SubscriptionIds = [5] } }));
        await client.ExpectDisconnect(ReasonCode.SubscriptionIdentifiersNotSupported);
    }

    private static async Task<SubAckPacket> Unsubscribe(RawClient client, ProtocolLevel level, params string[] filters)
    {
        await client.Send(output => PacketWriter.Unsubscribe(output, level, new UnsubscribePacket(0xFFFD, filters)));
        return (await client.Next(PacketType.UnsubAck)).SubAck;
    }
}
