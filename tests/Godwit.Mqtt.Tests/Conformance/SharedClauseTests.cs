using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>Shared subscriptions (4.8.2).</summary>
public sealed class SharedClauseTests
{
    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt5("4.8.2-1", "4.8.2-2", "4.8.2-3")]
    public async Task One_member_gets_a_message_at_the_QoS_it_was_granted(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var low = await under.Connect("low", level);
        await using var high = await under.Connect("high", level);
        await low.Subscribe("$share/g/t/+", QoS.AtMostOnce);
        await high.Subscribe("$share/g/t/+", QoS.AtLeastOnce);
        for (var i = 0; i < 6; i++)
            Assert.Equal(1, under.Broker.Publish("t/x", new[] { (byte)i }, QoS.AtLeastOnce, retain: false));
        var got = new List<byte>();
        foreach (var (member, qos) in new[] { (low, QoS.AtMostOnce), (high, QoS.AtLeastOnce) })
        {
            for (var i = 0; i < 3; i++)
            {
                var message = await member.Take();
                Assert.Equal(qos, message.QoS);
                got.Add(message.Bytes[0]);
            }

            await member.Ping();
        }

        Assert.Equal([0, 1, 2, 3, 4, 5], got.Order().Select(number => (int)number));
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt5("4.8.2-4")]
    public async Task QoS_2_that_was_begun_with_a_member_is_completed_with_it(ProtocolLevel level)
    {
        await using var under = await Profiles.Start();
        var one = await under.Keep("one", level);
        await one.Subscribe("$share/g/t", QoS.ExactlyOnce);
        under.Broker.Publish("t", "x"u8.ToArray(), QoS.ExactlyOnce, retain: false);
        var id = (await one.NextPublish()).PacketId;
        await under.Lose(one, "one");
        await using var two = await under.Connect("two", level);
        await two.Subscribe("$share/g/t", QoS.ExactlyOnce);
        await two.Ping();
        (one, _) = await under.Resume("one", level);
        var message = await one.Take();
        Assert.Equal(("x", true, id), (message.Payload, message.Dup, message.PacketId));
        await two.Ping();
        await one.DisposeAsync();
    }

    [Fact]
    [Mqtt5("4.8.2-5", "4.8.2-6", "4.4.0-2")]
    public async Task A_message_that_a_member_refused_or_left_behind_goes_to_no_other()
    {
        await using var under = await Profiles.Start();
        await using var one = await under.Connect("one", ProtocolLevel.V5);
        await one.Subscribe("$share/g/t", QoS.ExactlyOnce);
        foreach (var (qos, answer) in new[] { (QoS.AtLeastOnce, PacketType.PubAck), (QoS.ExactlyOnce, PacketType.PubRec), (QoS.ExactlyOnce, default) })
        {
            under.Broker.Publish("t", "x"u8.ToArray(), qos, retain: false);
            var message = await one.NextPublish();
            if (answer != default)
                await one.Ack(answer, message.PacketId, ReasonCode.UnspecifiedError);
        }

        await using var two = await under.Connect("two", ProtocolLevel.V5);
        await two.Subscribe("$share/g/t", QoS.ExactlyOnce);
        await one.Ping();
        await under.Lose(one, "one"); // Its session ends with it.
        await two.Ping();
    }
}
