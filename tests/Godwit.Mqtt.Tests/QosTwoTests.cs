using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Conformance;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

/// <summary>QoS 2 both ways, as OASIS has it in 4.3.3; AWS has none.</summary>
public sealed class QosTwoTests
{
    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("4.3.3-1", "4.3.3-2")]
    [Mqtt5("4.3.3-1", "4.3.3-4", "4.3.3-8", "4.3.3-11")]
    public async Task A_message_goes_through_once_by_four_packets_each_way_MQTT_4_3_3(ProtocolLevel level)
    {
        await using var under = await Standard();
        await using var reader = await under.Connect("r", level);
        Assert.Equal(ReasonCode.GrantedQos2, await reader.Subscribe("t", QoS.ExactlyOnce));
        await using var writer = await under.Connect("w", level);

        await writer.Publish("t", "x", QoS.ExactlyOnce, packetId: 5);
        Assert.Equal(5, (await writer.Next(PacketType.PubRec)).Ack.PacketId);
        await writer.Ack(PacketType.PubRel, 5);
        Assert.Equal(5, (await writer.Next(PacketType.PubComp)).Ack.PacketId);

        var message = await reader.NextPublish();
        Assert.Equal(("x", QoS.ExactlyOnce, false), (message.Payload, message.QoS, message.Dup));
        await reader.Ack(PacketType.PubRec, message.PacketId);
        Assert.Equal(message.PacketId, (await reader.Next(PacketType.PubRel)).Ack.PacketId);
        await reader.Ack(PacketType.PubComp, message.PacketId);
        await reader.Ping();
    }

    [Fact]
    [Mqtt311("4.3.3-2")]
    [Mqtt5("4.3.3-10", "4.3.3-12")]
    public async Task Sent_again_before_PUBREL_it_is_acknowledged_and_not_delivered_again_MQTT_4_3_3_10()
    {
        await using var under = await Standard();
        await using var reader = await under.Connect("r");
        await reader.Subscribe("t", QoS.AtMostOnce);
        await using var writer = await under.Connect("w");
        for (var i = 0; i < 3; i++)
        {
            await writer.Publish("t", "same", QoS.ExactlyOnce, packetId: 5);
            await writer.Next(PacketType.PubRec);
        }

        await writer.Ack(PacketType.PubRel, 5);
        await writer.Next(PacketType.PubComp);
        await writer.Publish("t", "other", QoS.ExactlyOnce, packetId: 5);
        await writer.Next(PacketType.PubRec);
        Assert.Equal("same", (await reader.NextPublish()).Payload);
        Assert.Equal("other", (await reader.NextPublish()).Payload);
    }

    [Fact]
    [Mqtt311("4.4.0-1")]
    [Mqtt5("4.3.3-6", "4.4.0-1")]
    public async Task A_session_that_is_back_goes_on_with_PUBREL_or_with_the_message_MQTT_4_4_0_1()
    {
        await using var under = await Standard();
        ushort first, second;
        await using (var reader = await under.Connect("r", clean: false))
        {
            await reader.Subscribe("t", QoS.ExactlyOnce);
            under.Broker.Publish("t", "1"u8.ToArray(), QoS.ExactlyOnce, retain: false);
            under.Broker.Publish("t", "2"u8.ToArray(), QoS.ExactlyOnce, retain: false);
            first = (await reader.NextPublish()).PacketId;
            second = (await reader.NextPublish()).PacketId;
            await reader.Ack(PacketType.PubRec, first);
            await reader.Next(PacketType.PubRel);
        }

        await under.Host.Until("disconnected r ConnectionLost");
        await using var back = await under.Connect("r", clean: false);
        Assert.Equal(first, (await back.Next(PacketType.PubRel)).Ack.PacketId);
        var message = await back.NextPublish();
        Assert.Equal((second, true), (message.PacketId, message.Dup));
    }

    [Fact]
    public async Task Of_identifiers_that_nobody_knows_level_5_is_told_so()
    {
        await using var under = await Standard();
        await using var client = await under.Connect("d", ProtocolLevel.V5);
        await client.Ack(PacketType.PubRel, 77);
        Assert.Equal(ReasonCode.PacketIdentifierNotFound, (await client.Next(PacketType.PubComp)).Ack.Reason);
        await client.Ack(PacketType.PubRec, 78);
        Assert.Equal(ReasonCode.PacketIdentifierNotFound, (await client.Next(PacketType.PubRel)).Ack.Reason);
        await client.Ack(PacketType.PubComp, 79);
        await client.Ping();
    }

    [Fact]
    [Mqtt5("4.3.3-4", "4.4.0-2")]
    public async Task A_PUBREC_that_says_no_ends_the_message_MQTT_4_3_3_4()
    {
        await using var under = await Standard(options => options with { Profile = MqttProfile.Standard with { ReceiveMaximum = 1 } });
        await using var reader = await under.Connect("r", ProtocolLevel.V5);
        await reader.Subscribe("t", QoS.ExactlyOnce);
        under.Broker.Publish("t", "1"u8.ToArray(), QoS.ExactlyOnce, retain: false);
        under.Broker.Publish("t", "2"u8.ToArray(), QoS.ExactlyOnce, retain: false);
        await reader.Ack(PacketType.PubRec, (await reader.NextPublish()).PacketId, ReasonCode.QuotaExceeded);
        Assert.Equal("2", (await reader.NextPublish()).Payload);
    }

    [Fact]
    [Mqtt5("3.3.4-7", "3.3.4-9", "4.9.0-2")]
    public async Task The_window_counts_until_PUBCOMP_and_a_client_that_exceeds_ours_is_ended_MQTT_3_3_4_7()
    {
        await using var under = await Standard(options => options with { Profile = MqttProfile.Standard with { ReceiveMaximum = 2 } });
        await using var client = await under.Connect("d", ProtocolLevel.V5, properties: new Properties { ReceiveMaximum = 1 });
        await client.Subscribe("t", QoS.ExactlyOnce);
        under.Broker.Publish("t", "1"u8.ToArray(), QoS.ExactlyOnce, retain: false);
        under.Broker.Publish("t", "2"u8.ToArray(), QoS.ExactlyOnce, retain: false);
        var first = await client.NextPublish();
        await client.Ack(PacketType.PubRec, first.PacketId);
        await client.Next(PacketType.PubRel);
        await client.Ping(); // The second has not come.
        await client.Ack(PacketType.PubComp, first.PacketId);
        Assert.Equal("2", (await client.NextPublish()).Payload);

        for (ushort id = 1; id <= 2; id++)
        {
            await client.Publish("other", "x", QoS.ExactlyOnce, id);
            await client.Next(PacketType.PubRec);
        }

        await client.Publish("other", "x", QoS.ExactlyOnce, packetId: 3);
        await client.ExpectDisconnect(ReasonCode.ReceiveMaximumExceeded);
    }

    [Fact]
    [Mqtt5("4.3.3-9")]
    public async Task A_publish_that_is_refused_is_told_by_PUBREC_and_its_identifier_is_free()
    {
        await using var under = await Standard();
        under.Host.MayPublish = (_, topic) => topic == "no" ? PublishVerdict.Drop(ReasonCode.NotAuthorized) : PublishVerdict.Allow;
        await using var client = await under.Connect("d", ProtocolLevel.V5);
        await client.Publish("no", "x", QoS.ExactlyOnce, packetId: 4);
        Assert.Equal(ReasonCode.NotAuthorized, (await client.Next(PacketType.PubRec)).Ack.Reason);
        await client.Publish("yes", "x", QoS.ExactlyOnce, packetId: 4);
        Assert.Equal(ReasonCode.Success, (await client.Next(PacketType.PubRec)).Ack.Reason);
    }

    private static Task<BrokerUnderTest> Standard(Func<BrokerOptions, BrokerOptions>? change = null) =>
        BrokerUnderTest.Start(change ?? (options => options with { Profile = MqttProfile.Standard }));
}
