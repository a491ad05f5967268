using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>Chapters 1 and 2: strings, numbers, flags, identifiers, properties; and that what breaks them closes the connection.</summary>
public sealed class FormatTests
{
    private static readonly byte[][] IllFormed =
    [
        [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0x61, 0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], // surrogates, alone and as a pair
        [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xC0, 0x80], // longer forms than it takes
        [0xE2, 0x82], [0x80], [0xFF], [0xF4, 0x90, 0x80, 0x80], // cut off, out of place, beyond U+10FFFF
    ];

    private static readonly byte[][] WithNull = [[0x00], [0x61, 0x00], [0x00, 0x61]];

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("1.5.3-1", "1.5.3-2", "3.3.2-1", "3.8.3-1", "3.10.3-1", "4.7.3-2", "4.8.0-1")]
    [Mqtt5("1.5.4-1", "1.5.4-2", "1.5.7-1", "3.3.2-1", "3.3.2-13", "3.3.2-19", "3.8.3-1", "3.10.3-1", "4.7.3-2", "4.13.1-1")]
    public async Task No_string_of_any_packet_is_ill_formed_or_has_U_0000(ProtocolLevel level)
    {
        await using var under = await Profiles.Start();
        foreach (var bad in IllFormed.Concat(WithNull))
        {
            foreach (var packet in PacketsWith(Raw.Text(bad), level))
            {
                await using var client = await under.Connect("d", level);
                await client.Send(packet);
                await client.ExpectRefusal(level, ReasonCode.MalformedPacket);
            }
        }
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("3.1.3-4", "3.1.3-10", "3.1.3-11", "3.1.4-1")]
    [Mqtt5("3.1.3-4", "3.1.3-11", "3.1.3-12", "3.1.4-1")]
    public async Task No_string_of_CONNECT_is_ill_formed_or_has_U_0000(ProtocolLevel level)
    {
        await using var under = await Profiles.Start();
        foreach (var bad in IllFormed.Concat(WithNull).Select(Raw.Text))
        {
            foreach (var packet in new[]
            {
                Raw.ConnectOf(level, 0x02, bad),
                Raw.ConnectOf(level, 0x06, Raw.Text("d"), Raw.Properties(level), bad, Raw.Text("gone")),
                Raw.ConnectOf(level, 0x82, Raw.Text("d"), bad),
            })
            {
                await using var client = await under.Open(level);
                await client.Send(packet);
                await client.ExpectNoConnect(level, ReasonCode.MalformedPacket);
            }
        }

        Assert.Empty(under.Broker.Connections);
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("1.5.3-3", "4.7.3-4")]
    [Mqtt5("1.5.4-3", "4.7.3-4")]
    public async Task Every_other_character_is_taken_as_it_is_and_none_stands_for_another(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", level);
        string[] topics = ["\uFEFFa", "a", "A", "\u00E9", "e\u0301", "\uFFFF", "\U0010FFFF", "a/", "/a", "a//b", "a b", "\u202E", "%61", "\u0001"];
        foreach (var topic in topics)
            await client.Subscribe(topic, QoS.AtMostOnce);
        foreach (var topic in topics)
        {
            await client.Publish(topic, topic);
            var message = await client.NextPublish();
            Assert.Equal((topic, topic), (message.Topic, message.Payload));
        }

        await client.Ping();
    }

    [Fact]
    [Mqtt5("1.5.5-1")]
    public async Task A_number_takes_as_few_bytes_as_it_can()
    {
        await using var under = await Profiles.Start();
        foreach (var hex in new[]
        {
            "C08000", // PINGREQ with a length of two bytes
            "30 05 0001 61 8000", // PUBLISH with properties that have
            "82 08 0001 8000 0001 61 00",
            "82 0A 0001 03 0B 8500 0001 61 00", // a subscription identifier that has
            "30 FFFFFFFF 01",
        })
        {
            await using var client = await under.Connect("d", ProtocolLevel.V5);
            await client.Send(Raw.Hex(hex));
            await client.ExpectDisconnect(ReasonCode.MalformedPacket);
        }

        await using var late = await under.Open(ProtocolLevel.V5);
        await late.Send(Raw.Hex("10 8F00 0004 4D515454 05 02 003C 00 0002 6431"));
        await late.ExpectNoConnect(ProtocolLevel.V5, ReasonCode.MalformedPacket);

        // What the server writes is read by the same rule, whatever its length.
        await using var reader = await under.Connect("r", ProtocolLevel.V5);
        await reader.Subscribe("t", QoS.AtMostOnce);
        foreach (var length in new[] { 0, 122, 123, 124, 125, 126, 16_378, 16_379, 16_380 })
        {
            await reader.Publish("t", new string('x', length));
            Assert.Equal(length, (await reader.NextPublish()).Bytes.Length);
        }
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("2.2.2-1", "2.2.2-2", "3.6.1-1", "3.8.1-1", "3.10.1-1", "3.14.1-1")]
    [Mqtt5("2.1.3-1", "3.6.1-1", "3.8.1-1", "3.10.1-1", "3.14.1-1", "3.15.1-1")]
    public async Task Flags_that_are_not_the_given_ones_close_the_connection(ProtocolLevel level)
    {
        await using var under = await Profiles.Start();
        foreach (var type in new[]
        {
            PacketType.PubAck, PacketType.PubRec, PacketType.PubRel, PacketType.PubComp, PacketType.Subscribe, PacketType.Unsubscribe,
            PacketType.PingReq, PacketType.Disconnect, level == ProtocolLevel.V5 ? PacketType.Auth : PacketType.PingReq,
        })
        {
            var right = type is PacketType.PubRel or PacketType.Subscribe or PacketType.Unsubscribe ? 2 : 0;
            foreach (var flags in Enumerable.Range(0, 16).Where(flags => flags != right))
            {
                await using var client = await under.Connect("d", level);
                await client.Send((byte)(((int)type << 4) | flags), 0);
                await client.ExpectRefusal(level, ReasonCode.MalformedPacket);
            }
        }

        foreach (var flags in Enumerable.Range(1, 15))
        {
            await using var client = await under.Open(level);
            await client.Send((byte)(Raw.Connect | flags), 0);
            await client.ExpectEnd();
        }
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("2.3.1-1")]
    [Mqtt5("2.2.1-3")]
    public async Task A_packet_identifier_of_zero_ends_the_connection(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        foreach (var packet in new[]
        {
            Raw.Packet(0x32, Raw.Text("t"), Raw.Number(0), Raw.Properties(level)),
            Raw.Packet(0x34, Raw.Text("t"), Raw.Number(0), Raw.Properties(level)),
            Raw.Packet(Raw.Subscribe, Raw.Number(0), Raw.Properties(level), Raw.Text("t"), [0]),
            Raw.Packet(Raw.Unsubscribe, Raw.Number(0), Raw.Properties(level), Raw.Text("t")),
            Raw.Packet(Raw.PubAck, Raw.Number(0)),
            Raw.Packet(Raw.PubRel, Raw.Number(0)),
        })
        {
            await using var client = await under.Connect("d", level);
            await client.Send(packet);
            await client.ExpectRefusal(level, ReasonCode.ProtocolError);
        }
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("2.3.1-5", "7.0.0-2")]
    [Mqtt5("2.2.1-2", "2.2.2-1")]
    public async Task PUBLISH_at_QoS_0_has_no_identifier_and_without_properties_their_length_is_zero(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", level);
        await client.Send(Raw.Packet(Raw.Subscribe, Raw.Number(9), Raw.Properties(level), Raw.Text("t"), [0]));
        Assert.Equal(9, (await client.Next(PacketType.SubAck)).SubAck.PacketId);
        await client.Send(Raw.Packet(0x30, Raw.Text("t"), Raw.Properties(level), Raw.Number(0), [1, 2]));
        var message = await client.NextPublish();
        Assert.Equal([0, 0, 1, 2], message.Bytes);
        Assert.Null(message.Properties);
    }

    [Fact]
    [Mqtt5("4.13.1-1", "3.4.2-1", "3.5.2-1", "3.6.2-1", "3.7.2-1", "3.14.2-1", "3.15.2-1", "4.12.0-7")]
    public async Task Properties_and_codes_that_cannot_be_end_the_connection_with_their_reason()
    {
        await using var under = await Profiles.Start();
        foreach (var (hex, reason) in new[]
        {
            ("30 07 0001 61 03 21 0001", ReasonCode.MalformedPacket), // a property of CONNECT in PUBLISH
            ("30 06 0001 61 02 7E 00", ReasonCode.MalformedPacket), // one that nobody knows
            ("30 06 0001 61 7F 01 00", ReasonCode.MalformedPacket), // more of them than there is
            ("30 08 0001 61 04 01 00 01 00", ReasonCode.ProtocolError), // one twice
            ("30 06 0001 61 02 01 02", ReasonCode.ProtocolError), // a value that it cannot have
            ("82 0B 0001 04 0B 01 0B 02 0001 61 00", ReasonCode.ProtocolError), // two subscription identifiers
            ("82 09 0001 02 0B 00 0001 61 00", ReasonCode.ProtocolError), // number 0
            ("40 03 0007 55", ReasonCode.ProtocolError), // a reason code that nobody knows
            ("50 03 0007 92", ReasonCode.ProtocolError), // one of PUBREL in PUBREC
            ("62 03 0007 10", ReasonCode.ProtocolError), // one of PUBREC in PUBREL
            ("70 03 0007 80", ReasonCode.ProtocolError),
            ("E0 01 8E", ReasonCode.ProtocolError), // one of a server's DISCONNECT
            ("E0 01 01", ReasonCode.ProtocolError),
            ("F0 01 01", ReasonCode.ProtocolError),
            ("F0 00", ReasonCode.ProtocolError), // AUTH that nobody began
        })
        {
            await using var client = await under.Connect("d", ProtocolLevel.V5);
            await client.Send(Raw.Hex(hex));
            await client.ExpectDisconnect(reason);
        }
    }

    [Theory]
    [InlineData("21 0000", ReasonCode.ProtocolError)] // receive maximum 0
    [InlineData("27 00000000", ReasonCode.ProtocolError)] // maximum packet size 0
    [InlineData("17 02", ReasonCode.ProtocolError)]
    [InlineData("19 02", ReasonCode.ProtocolError)]
    [InlineData("11 00000001 11 00000001", ReasonCode.ProtocolError)]
    [InlineData("16 0001 78", ReasonCode.ProtocolError)] // authentication data without a method
    [InlineData("23 0001", ReasonCode.MalformedPacket)]
    [InlineData("18 00000001", ReasonCode.MalformedPacket)] // the will's
    [InlineData("26 0001 61", ReasonCode.MalformedPacket)] // half a pair
    [Mqtt5("3.1.4-1", "1.5.7-1")]
    public async Task Properties_of_CONNECT_that_cannot_be_are_told_by_CONNACK(string properties, ReasonCode reason)
    {
        await using var under = await Profiles.Start();
        await using var client = await under.Open(ProtocolLevel.V5);
        await client.Send(Raw.Packet(
            Raw.Connect, Raw.Text("MQTT"), [5, 2], Raw.Number(60), Raw.Properties(ProtocolLevel.V5, Raw.Hex(properties)), Raw.Text("d")));
        await client.ExpectNoConnect(ProtocolLevel.V5, reason);
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("4.8.0-2")]
    public async Task A_passing_error_ends_the_connection_it_came_from_and_no_other(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        under.Host.MayPublish = (_, _) => PublishVerdict.AllowAckAfterEffect;
        under.Host.Handle = (IConnection connection, in IncomingPublish message) =>
            new PublishHandling(Route: false, new(message.Topic.Name == "bad" ? ReasonCode.UnspecifiedError : ReasonCode.Success));
        await using var other = await under.Connect("other", level);
        await using var client = await under.Connect("d", level);
        await client.Publish("bad", "x", QoS.AtLeastOnce);
        if (level == ProtocolLevel.V5)
            Assert.Equal((1, ReasonCode.UnspecifiedError), await client.Acked(PacketType.PubAck)); // It has a code for it.
        else
            await client.ExpectEnd();
        await other.PublishFully("good", "x", QoS.AtLeastOnce);
    }

    private static IEnumerable<byte[]> PacketsWith(byte[] text, ProtocolLevel level)
    {
        yield return Raw.Packet(0x30, text, Raw.Properties(level));
        yield return Raw.Packet(Raw.Subscribe, Raw.Number(1), Raw.Properties(level), text, [0]);
        yield return Raw.Packet(Raw.Unsubscribe, Raw.Number(1), Raw.Properties(level), text);
        if (level == ProtocolLevel.V311)
            yield break;
        foreach (var property in new byte[][] { [0x03, .. text], [0x08, .. text], [0x26, .. text, .. Raw.Text("v")], [0x26, .. Raw.Text("k"), .. text] })
            yield return Raw.Packet(0x30, Raw.Text("t"), Raw.Properties(level, property));
        yield return Raw.Packet(0xE0, [0], Raw.Properties(level, [0x1F, .. text]));
    }
}
