using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>PUBLISH and its properties (3.3), and who gets a message (4.5, 4.7).</summary>
public sealed class PublishClauseTests
{
    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.3.1-2", "3.3.1-4")]
    [Mqtt5("3.3.1-2", "3.3.1-4", "4.13.1-1")]
    public async Task QoS_3_and_DUP_at_QoS_0_end_the_connection(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        foreach (var first in new byte[] { 0x36, 0x37, 0x3E, 0x38, 0x39 })
        {
            await using var client = await under.Connect("d", level);
            await client.Send(Raw.Packet(first, Raw.Text("t"), Raw.Number(1), Raw.Properties(level)));
            await client.ExpectRefusal(level, ReasonCode.MalformedPacket);
        }
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.3.2-2", "4.7.1-1", "4.7.3-1")]
    [Mqtt5("3.3.2-2", "4.7.0-1", "4.7.3-1")]
    public async Task A_topic_has_a_character_and_no_wildcards(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        foreach (var topic in new[] { "#", "+", "a/#", "a/+/b", "a+", "#b", "" })
        {
            await using var client = await under.Connect("d", level);
            await client.Send(Raw.Packet(0x30, Raw.Text(topic), Raw.Properties(level)));
            await client.ExpectRefusal(level, topic.Length == 0 ? ReasonCode.ProtocolError : ReasonCode.TopicNameInvalid);
        }

        await using var with = await under.Open(level);
        await with.SendConnect("w", will: new Will("a/#", [], QoS.AtMostOnce, Retain: false));
        await with.ExpectNoConnect(level, ReasonCode.TopicNameInvalid);
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("4.7.3-3")]
    [Mqtt5("4.7.3-3")]
    public async Task A_topic_may_have_65535_bytes_and_at_AWS_256(ProtocolLevel level)
    {
        foreach (var (profile, length, taken) in new[] { (Profiles.Standard, 65_535, true), (Profiles.Aws, 256, true), (Profiles.Aws, 257, false) })
        {
            await using var under = await Profiles.Start(profile);
            await using var client = await under.Connect("d", level);
            var topic = new string('t', length);
            if (!taken)
            {
                await client.Publish(topic, "x");
                await client.ExpectRefusal(level, ReasonCode.TopicNameInvalid);
                continue;
            }

            await client.Subscribe(topic, QoS.AtMostOnce);
            await client.Publish(topic, "x");
            Assert.Equal(topic, (await client.NextPublish()).Topic);
        }
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.3.2-3", "3.3.5-1", "4.5.0-1", "4.7.2-1")]
    [Mqtt5("3.3.2-3", "3.3.4-2", "4.5.0-1", "4.7.2-1")]
    public async Task A_message_goes_to_every_session_with_a_filter_that_matches_at_its_highest_QoS(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        (string Id, string Filter, QoS QoS, bool Gets)[] readers =
        [
            ("1", "a/b", QoS.AtMostOnce, true), ("1", "a/+", QoS.AtLeastOnce, true), ("2", "#", QoS.AtMostOnce, true), ("3", "+/b", QoS.AtLeastOnce, true),
            ("4", "a/b/#", QoS.AtLeastOnce, profile == Profiles.Standard), ("5", "a", QoS.AtLeastOnce, false), ("6", "/a/b", QoS.AtLeastOnce, false),
            ("7", "+", QoS.AtLeastOnce, false), ("8", "a/B", QoS.AtLeastOnce, false), ("9", "$a/b", QoS.AtLeastOnce, false),
        ];
        var clients = new Dictionary<string, RawClient>();
        foreach (var (id, filter, qos, _) in readers)
        {
            if (!clients.TryGetValue(id, out var client))
                clients.Add(id, client = await under.Connect(id, level));
            await client.Subscribe(filter, qos);
        }

        await clients["9"].PublishFully("a/b", "x", QoS.AtLeastOnce);
        await clients["9"].Publish("$a/b", "for no leading wildcard");
        Assert.Equal("$a/b", (await clients["9"].NextPublish()).Topic);
        foreach (var (id, client) in clients)
        {
            var own = readers.Where(reader => reader.Id == id && reader.Gets).ToList();
            if (own.Count > 0)
                Assert.Equal(("a/b", own.Max(reader => reader.QoS)), (await client.Take()) is var message ? (message.Topic, message.QoS) : default);
            await client.Ping();
            await client.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(Profiles.Aws)]
    [InlineData(Profiles.Standard)]
    [Mqtt5("3.3.2-4", "3.3.2-15", "3.3.2-16", "3.3.2-17", "3.3.2-18", "3.3.2-20", "3.1.3-10")]
    public async Task What_a_message_says_of_itself_is_passed_on_as_it_came(string profile)
    {
        await using var under = await Profiles.Start(profile);
        await using var reader = await under.Connect("r", ProtocolLevel.V5);
        await reader.Subscribe("#", QoS.AtMostOnce);
        Properties Sent() => new()
        {
            PayloadFormat = 1,
            ContentType = "text/\u00E9",
            ResponseTopic = "answers/1",
            CorrelationData = [0, 255, 1],
            UserProperties = [new("b", "2"), new("a", ""), new("b", "1"), new("", "x"), new("b", "2")],
        };
        var writer = await under.Open(ProtocolLevel.V5);
        await writer.Connect("w", will: new Will("gone", [1], QoS.AtMostOnce, Retain: true) { Properties = Sent() });
        await writer.PublishFully("t", "x", QoS.AtLeastOnce, retain: true, properties: Sent());
        Same(Sent(), (await reader.NextPublish()).Properties!);
        await under.Lose(writer, "w");
        Same(Sent(), (await reader.NextPublish()).Properties!);
        foreach (var topic in new[] { "t", "gone" })
        {
            await reader.Subscribe(topic, QoS.AtMostOnce); // From where it is retained.
            Same(Sent(), (await reader.NextPublish()).Properties!);
        }

        await using var old = await under.Connect("old");
        await old.Subscribe("t", QoS.AtMostOnce);
        Assert.Equal("x", (await old.NextPublish()).Payload);
    }

    [Theory]
    [InlineData(Profiles.Aws, 604_800)]
    [InlineData(Profiles.Standard, 700_000)]
    [Mqtt5("3.3.2-5", "3.3.2-6")]
    public async Task Expiry_counts_down_while_a_message_waits_and_then_deletes_it(string profile, uint lowered)
    {
        await using var under = await Profiles.Start(profile);
        var reader = await under.Keep("r", ProtocolLevel.V5);
        await reader.Subscribe("t", QoS.AtLeastOnce);
        await under.Lose(reader, "r");
        await using var writer = await under.Connect("w", ProtocolLevel.V5);
        await writer.PublishFully("t", "short", QoS.AtLeastOnce, properties: new Properties { MessageExpirySeconds = 10 });
        await writer.PublishFully("t", "long", QoS.AtLeastOnce, retain: true, properties: new Properties { MessageExpirySeconds = 700_000 });
        await under.Advance(TimeSpan.FromSeconds(10));
        (reader, _) = await under.Resume("r", ProtocolLevel.V5);
        var message = await reader.Take();
        Assert.Equal(("long", lowered - 10), (message.Payload, message.Properties!.MessageExpirySeconds));
        await reader.Subscribe("t", QoS.AtMostOnce);
        Assert.Equal(lowered - 10, (await reader.NextPublish()).Properties!.MessageExpirySeconds);
        await reader.DisposeAsync();
    }

    [Fact]
    [Mqtt5("3.3.2-5")]
    public async Task What_has_expired_takes_no_place_in_a_queue()
    {
        await using var under = await Profiles.Start(change: options => options with { SessionQueueMessagesMax = 2 });
        var reader = await under.Keep("r", ProtocolLevel.V5);
        await reader.Subscribe("t", QoS.AtLeastOnce);
        await under.Lose(reader, "r");
        under.Broker.Publish("t", "1"u8.ToArray(), QoS.AtLeastOnce, retain: false, new Properties { MessageExpirySeconds = 5 });
        under.Broker.Publish("t", "2"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        under.Broker.Publish("t", "no room"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        await under.Advance(TimeSpan.FromSeconds(5));
        under.Broker.Publish("t", "3"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        (reader, _) = await under.Resume("r", ProtocolLevel.V5);
        Assert.Equal(("2", "3"), ((await reader.Take()).Payload, (await reader.Take()).Payload));
        await reader.DisposeAsync();
    }

    [Theory]
    [InlineData(Profiles.Aws, 8)]
    [InlineData(Profiles.Standard, 64)]
    [Mqtt5("3.2.2-17", "3.3.2-7", "3.3.2-8", "3.3.2-9", "3.3.2-12")]
    public async Task Topic_aliases_of_the_client_are_taken_up_to_the_maximum_and_end_with_the_connection(string profile, int maximum)
    {
        await using var under = await Profiles.Start(profile);
        await using var reader = await under.Connect("r", ProtocolLevel.V5);
        await reader.Subscribe("t/#", QoS.AtMostOnce);
        var writer = await under.Open(ProtocolLevel.V5);
        var told = await writer.Connect("w", clean: false, properties: new Properties { SessionExpirySeconds = 60 });
        Assert.Equal((ushort)maximum, told.Properties!.TopicAliasMaximum);
        for (var alias = 1; alias <= maximum; alias++)
            await writer.Publish($"t/{alias}", "x", properties: new Properties { TopicAlias = (ushort)alias });
        for (var alias = maximum; alias >= 1; alias--)
            await writer.Publish("", "y", properties: new Properties { TopicAlias = (ushort)alias });
        await writer.Publish("t/again", "z", properties: new Properties { TopicAlias = 1 });
        await writer.Publish("", "z", properties: new Properties { TopicAlias = 1 });
        var expected = Enumerable.Range(1, maximum).Concat(Enumerable.Range(1, maximum).Reverse()).Select(alias => $"t/{alias}").Concat(["t/again", "t/again"]);
        foreach (var topic in expected)
        {
            var message = await reader.NextPublish();
            Assert.Equal(topic, message.Topic);
            Assert.Null(message.Properties);
        }

        await under.Lose(writer, "w");
        foreach (var alias in new[] { 1, 0, maximum + 1 })
        {
            var (back, _) = await under.Resume("w", ProtocolLevel.V5);
            await back.Publish(alias == 1 ? "" : "t/1", "x", properties: new Properties { TopicAlias = (ushort)alias });
            await back.ExpectDisconnect(ReasonCode.TopicAliasInvalid);
            await back.DisposeAsync();
        }

        await reader.Ping();
    }

    [Fact]
    [Mqtt5("3.1.2-26", "3.1.2-27", "3.3.2-7", "3.3.2-11")]
    public async Task Topic_aliases_of_the_server_stay_within_the_clients_maximum_and_begin_anew()
    {
        await using var under = await Profiles.Start();
        foreach (var maximum in new ushort?[] { null, 0, 2, 2 })
        {
            await using var client = await under.Connect("d", ProtocolLevel.V5, properties: new Properties { TopicAliasMaximum = maximum });
            await client.Subscribe("#", QoS.AtMostOnce);
            foreach (var (topic, alias, named) in new[] { ("a", 1, true), ("b", 2, true), ("c", 0, true), ("a", 1, false), ("b", 2, false), ("c", 0, true) })
            {
                under.Broker.Publish(topic, "x"u8.ToArray(), QoS.AtMostOnce, retain: false);
                var message = await client.NextPublish();
                var uses = maximum > 0 && alias > 0;
                Assert.Equal(uses ? (ushort)alias : null, message.Properties?.TopicAlias);
                Assert.Equal(uses && !named ? "" : topic, message.Topic);
            }
        }
    }

    [Fact]
    [Mqtt5("3.3.2-14", "3.3.4-6", "4.13.1-1")]
    public async Task A_response_topic_has_no_wildcards_and_a_client_sends_no_subscription_identifier()
    {
        await using var under = await Profiles.Start();
        foreach (var properties in new[]
        {
            new Properties { ResponseTopic = "a/#" }, new Properties { ResponseTopic = "+" }, new Properties { ResponseTopic = "" },
            new Properties { SubscriptionIds = [1] },
        })
        {
            await using var client = await under.Connect("d", ProtocolLevel.V5);
            await client.Publish("t", "x", properties: properties);
            await client.ExpectDisconnect(ReasonCode.ProtocolError);
        }
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("3.3.5-2")]
    [Mqtt5("3.4.2-1", "3.5.2-1", "4.3.3-9")]
    public async Task A_message_that_is_not_allowed_is_acknowledged_all_the_same_or_ends_the_connection(ProtocolLevel level)
    {
        await using var under = await Profiles.Start();
        under.Host.MayPublish = (_, topic) => topic switch
        {
            "no" => PublishVerdict.Drop(ReasonCode.NotAuthorized),
            "end" => PublishVerdict.Disconnect(ReasonCode.NotAuthorized),
            _ => PublishVerdict.Allow,
        };
        await using var client = await under.Connect("d", level);
        await client.Subscribe("#", QoS.AtMostOnce);
        var told = level == ProtocolLevel.V5 ? ReasonCode.NotAuthorized : ReasonCode.Success;
        await client.Publish("no", "x", QoS.AtLeastOnce, packetId: 5);
        Assert.Equal((5, told), await client.Acked(PacketType.PubAck));
        await client.Publish("no", "x", QoS.ExactlyOnce, packetId: 6);
        Assert.Equal((6, told), await client.Acked(PacketType.PubRec));
        await client.Publish("end", "x", QoS.AtLeastOnce);
        await client.ExpectRefusal(level, ReasonCode.NotAuthorized);
    }

    private static void Same(Properties sent, Properties got)
    {
        Assert.Equal((sent.PayloadFormat, sent.ContentType, sent.ResponseTopic), (got.PayloadFormat, got.ContentType, got.ResponseTopic));
        Assert.Equal(sent.CorrelationData, got.CorrelationData);
        Assert.Equal(sent.UserProperties!, got.UserProperties!);
    }
}
