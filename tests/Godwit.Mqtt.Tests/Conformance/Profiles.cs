using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>Brokers of either profile, and what clients of either level see of a refusal.</summary>
internal static class Profiles
{
    public const string Aws = "aws", Standard = "standard";

    /// <summary>Both profiles with both levels.</summary>
    public static TheoryData<string, ProtocolLevel> Everywhere => new()
    {
        { Aws, ProtocolLevel.V311 }, { Aws, ProtocolLevel.V5 }, { Standard, ProtocolLevel.V311 }, { Standard, ProtocolLevel.V5 },
    };

    public static Task<BrokerUnderTest> Start(string profile = Standard, Func<BrokerOptions, BrokerOptions>? change = null, TestJournal? journal = null) =>
        BrokerUnderTest.Start(
            options => (change ?? (same => same))(options with { Profile = profile == Aws ? MqttProfile.Aws : MqttProfile.Standard }), journal: journal);

    /// <summary>A client whose session outlives its connection by ten minutes.</summary>
    public static Task<RawClient> Keep(this BrokerUnderTest under, string clientId, ProtocolLevel level) =>
        under.Connect(clientId, level, clean: false, level == ProtocolLevel.V5 ? new Properties { SessionExpirySeconds = 600 } : null);

    public static async Task<(RawClient Client, bool Present)> Resume(this BrokerUnderTest under, string clientId, ProtocolLevel level)
    {
        var client = await under.Open(level);
        var answer = await client.Connect(clientId, clean: false, properties: level == ProtocolLevel.V5 ? new Properties { SessionExpirySeconds = 600 } : null);
        return (client, answer.SessionPresent);
    }

    /// <summary>The socket ends, and the broker has noticed.</summary>
    public static async Task Lose(this BrokerUnderTest under, RawClient client, string clientId)
    {
        await client.DisposeAsync();
        await under.Host.Until($"disconnected {clientId} ConnectionLost");
    }

    /// <summary>Level 5 is told the reason by DISCONNECT, level 4 sees the end.</summary>
    public static Task ExpectRefusal(this RawClient client, ProtocolLevel level, ReasonCode reason) =>
        level == ProtocolLevel.V5 ? client.ExpectDisconnect(reason) : client.ExpectEnd();

    /// <summary>Of a CONNECT that cannot be, level 5 is told by CONNACK.</summary>
    public static async Task ExpectNoConnect(this RawClient client, ProtocolLevel level, ReasonCode reason)
    {
        if (level == ProtocolLevel.V5)
        {
            var answer = (await client.Next(PacketType.ConnAck)).ConnAck;
            Assert.Equal((false, (byte)reason), (answer.SessionPresent, answer.Code));
        }

        await client.ExpectEnd();
    }

    /// <summary>PUBLISH, then everything up to its last acknowledgement, all of which say yes.</summary>
    public static async Task PublishFully(this RawClient client, string topic, string payload, QoS qos, ushort packetId = 1, bool retain = false, Properties? properties = null)
    {
        await client.Publish(topic, payload, qos, packetId, retain, properties);
        await client.Acknowledged(qos, packetId);
    }

    public static async Task Acknowledged(this RawClient client, QoS qos, ushort packetId)
    {
        if (qos == QoS.AtLeastOnce)
            Assert.Equal((packetId, ReasonCode.Success), await client.Acked(PacketType.PubAck));
        if (qos != QoS.ExactlyOnce)
            return;
        Assert.Equal((packetId, ReasonCode.Success), await client.Acked(PacketType.PubRec));
        await client.Ack(PacketType.PubRel, packetId);
        Assert.Equal((packetId, ReasonCode.Success), await client.Acked(PacketType.PubComp));
    }

    /// <summary>Takes the next message as its QoS asks.</summary>
    public static async Task<RawClient.Received> Take(this RawClient client)
    {
        var message = await client.NextPublish();
        if (message.QoS == QoS.AtLeastOnce)
            await client.PubAck(message.PacketId);
        if (message.QoS != QoS.ExactlyOnce)
            return message;
        await client.Ack(PacketType.PubRec, message.PacketId);
        Assert.Equal((message.PacketId, ReasonCode.Success), await client.Acked(PacketType.PubRel));
        await client.Ack(PacketType.PubComp, message.PacketId);
        return message;
    }

    public static async Task<(ushort Id, ReasonCode Reason)> Acked(this RawClient client, PacketType type)
    {
        var ack = (await client.Next(type)).Ack;
        return (ack.PacketId, ack.Reason);
    }
}
