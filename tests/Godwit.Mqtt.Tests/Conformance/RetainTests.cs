using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>RETAIN (3.3.1.3), the options of a subscription that concern it, and retained wills.</summary>
public sealed class RetainTests
{
    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.2-7", "3.3.1-5", "3.3.1-6", "3.3.1-7", "3.3.1-8", "3.3.1-9", "3.3.1-12", "3.8.4-6")]
    [Mqtt5("3.3.1-5", "3.3.1-8", "3.3.1-9", "3.3.1-12", "3.8.4-8")]
    public async Task The_last_message_with_RETAIN_is_kept_with_its_QoS_for_who_comes_later(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var early = await under.Connect("early", level);
        await early.Subscribe("t", QoS.AtMostOnce);
        var writer = await under.Connect("w", level);
        await writer.PublishFully("t", "1", QoS.AtLeastOnce, retain: true);
        await writer.PublishFully("t", "2", QoS.AtMostOnce, retain: true);
        await writer.PublishFully("t", "3", QoS.AtLeastOnce, retain: true);
        await writer.PublishFully("t", "not kept", QoS.AtLeastOnce);
        await under.Lose(writer, "w");
        foreach (var payload in new[] { "1", "2", "3", "not kept" })
            Assert.Equal((payload, false), (await early.NextPublish()) is var message ? (message.Payload, message.Retain) : default);

        foreach (var (granted, expected) in new[] { (QoS.AtLeastOnce, QoS.AtLeastOnce), (QoS.AtMostOnce, QoS.AtMostOnce) })
        {
            await using var late = await under.Connect("late", level);
            await late.Subscribe("t", granted);
            var message = await late.Take();
            Assert.Equal(("3", true, expected), (message.Payload, message.Retain, message.QoS));
            await late.Ping();
        }
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.3.1-7", "3.3.1-10", "3.3.1-11")]
    [Mqtt5("3.3.1-5", "3.3.1-6", "3.3.1-7")]
    public async Task An_empty_message_with_RETAIN_is_delivered_and_removes(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", level);
        await client.Publish("t", "kept", retain: true);
        await client.Subscribe("t", QoS.AtMostOnce);
        Assert.True((await client.NextPublish()).Retain);
        await client.Publish("t", "", retain: true);
        Assert.Equal(("", false), (await client.NextPublish()) is var message ? (message.Payload, message.Retain) : default);
        Assert.Equal(0, under.Broker.Count().Retained);
        await client.Publish("never", "", retain: true);
        await client.Subscribe("t", QoS.AtMostOnce);
        await client.Ping();
        Assert.Equal(0, under.Broker.Count().Retained);
    }

    [Fact]
    [Mqtt311("3.3.1-5")]
    [Mqtt5("3.3.1-5")]
    public async Task A_message_for_which_there_is_no_room_leaves_nothing_older_behind()
    {
        await using var under = await Profiles.Start(change: options => options with { RetainedBytesMax = 1000 });
        await using var client = await under.Connect("d");
        await client.PublishFully("t", "old", QoS.AtLeastOnce, retain: true);
        await client.PublishFully("t", new string('x', 2000), QoS.AtLeastOnce, retain: true);
        await client.Subscribe("t", QoS.AtMostOnce);
        await client.Ping();
        Assert.Equal(0, under.Broker.Count().Retained);
    }

    [Theory]
    [InlineData(Profiles.Standard, ProtocolLevel.V311, 2)]
    [InlineData(Profiles.Standard, ProtocolLevel.V5, 2)]
    [InlineData(Profiles.Aws, ProtocolLevel.V311, 0)]
    [InlineData(Profiles.Aws, ProtocolLevel.V5, 0)]
    [Mqtt311("3.3.1-6", "3.3.1-8", "3.8.4-3")]
    [Mqtt5("3.3.1-9", "3.8.4-4")]
    public async Task A_filter_with_wildcards_gets_what_is_retained_on_each_topic_each_time_and_none_at_AWS(string profile, ProtocolLevel level, int count)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", level);
        await client.Publish("a/1", "1", retain: true);
        await client.Publish("a/2", "2", retain: true);
        await client.Publish("b/1", "3", retain: true);
        for (var again = 0; again < 2; again++)
        {
            await client.Subscribe("a/+", QoS.AtMostOnce);
            var got = new List<string>();
            for (var i = 0; i < count; i++)
            {
                var message = await client.NextPublish();
                Assert.True(message.Retain);
                got.Add(message.Topic);
            }

            Assert.Equal(count == 0 ? [] : ["a/1", "a/2"], got.Order());
            await client.Ping();
        }
    }

    [Theory]
    [InlineData(Profiles.Aws)]
    [InlineData(Profiles.Standard)]
    [Mqtt5("3.3.1-9", "3.3.1-10", "3.3.1-11", "3.8.4-4")]
    public async Task Retain_handling_decides_what_a_subscription_gets(string profile)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", ProtocolLevel.V5);
        await client.Publish("t", "kept", retain: true);
        foreach (var (handling, again, comes) in new[] { (2, false, false), (1, true, false), (0, true, true), (0, false, true), (1, false, true), (2, true, false) })
        {
            if (!again)
                await Unsubscribe(client);
            await client.Subscribe(new SubscribeFilter("t", QoS.AtMostOnce) { RetainHandling = (byte)handling });
            if (comes)
                Assert.Equal(("kept", true), (await client.NextPublish()) is var message ? (message.Payload, message.Retain) : default);
            await client.Ping();
        }

        await client.Send(Raw.Hex("82 07 0001 00 0001 74 30"));
        await client.ExpectDisconnect(ReasonCode.ProtocolError);
    }

    [Theory]
    [InlineData(Profiles.Aws)]
    [InlineData(Profiles.Standard)]
    [Mqtt5("3.3.1-12", "3.3.1-13")]
    public async Task Retain_as_published_keeps_the_flag_as_it_came(string profile)
    {
        await using var under = await Profiles.Start(profile);
        await using var with = await under.Connect("with", ProtocolLevel.V5);
        await using var without = await under.Connect("without", ProtocolLevel.V5);
        await with.Subscribe(new SubscribeFilter("t", QoS.AtMostOnce) { RetainAsPublished = true });
        await without.Subscribe(new SubscribeFilter("t", QoS.AtMostOnce));
        foreach (var retain in new[] { true, false })
        {
            await with.Publish("t", "x", retain: retain);
            Assert.Equal((retain, false), ((await with.NextPublish()).Retain, (await without.NextPublish()).Retain));
        }
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.2-16", "3.1.2-17")]
    [Mqtt5("3.1.2-14", "3.1.2-15")]
    public async Task A_will_is_retained_if_its_flag_says_so(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var watcher = await under.Connect("w");
        await watcher.Subscribe("gone/+", QoS.AtMostOnce);
        foreach (var retain in new[] { false, true })
        {
            var client = await under.Open(level);
            await client.Connect("d", will: new Will($"gone/{retain}", "x"u8.ToArray(), QoS.AtMostOnce, retain));
            await under.Lose(client, "d");
            Assert.Equal($"gone/{retain}", (await watcher.NextPublish()).Topic);
        }

        Assert.Equal(["gone/True"], under.Broker.AllRetained().Select(message => message.Topic));
    }

    private static async Task Unsubscribe(RawClient client)
    {
        await client.Send(output => PacketWriter.Unsubscribe(output, ProtocolLevel.V5, new UnsubscribePacket(2, ["t"])));
        await client.Next(PacketType.UnsubAck);
    }
}
