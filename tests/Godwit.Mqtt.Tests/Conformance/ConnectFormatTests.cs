using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>What CONNECT must be, byte by byte (3.1).</summary>
public sealed class ConnectFormatTests
{
    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.0-1", "4.8.0-1")]
    [Mqtt5("3.1.0-1", "3.14.0-1")]
    public async Task Whatever_else_comes_first_is_closed_without_a_word(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        foreach (var first in new[]
        {
            Raw.Hex("C000"), Raw.Hex("E000"), Raw.Hex("20020000"), Raw.Hex("F000"), Raw.Hex("0000"),
            Raw.Packet(0x30, Raw.Text("t"), Raw.Properties(level)),
            Raw.Packet(Raw.Subscribe, Raw.Number(1), Raw.Properties(level), Raw.Text("t"), [0]),
        })
        {
            await using var client = await under.Open(level);
            await client.Send(first);
            await client.ExpectEnd();
        }
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.0-2")]
    [Mqtt5("3.1.0-2", "3.2.0-2", "4.13.2-1")]
    public async Task A_second_CONNECT_ends_the_connection_as_a_failure(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var watcher = await under.Connect("w");
        await watcher.Subscribe("gone", QoS.AtMostOnce);
        await using var client = await under.Open(level);
        await client.Connect("d", will: new Will("gone", [1], QoS.AtMostOnce, Retain: false));
        await client.SendConnect("d");
        await client.ExpectRefusal(level, ReasonCode.ProtocolError);
        Assert.Equal([1], (await watcher.NextPublish()).Bytes);
    }

    [Theory]
    [InlineData("MQTX", 4)]
    [InlineData("mqtt", 4)]
    [InlineData("", 4)]
    [InlineData("MQIsdp", 3)]
    [InlineData("MQTT", 0)]
    [InlineData("MQTT", 3)]
    [InlineData("MQTT", 6)]
    [InlineData("MQTT", 0x84)]
    [Mqtt311("3.1.2-1", "3.1.2-2")]
    [Mqtt5("3.1.2-1", "3.1.2-2", "3.2.2-7")]
    public async Task Other_protocols_and_levels_are_answered_return_code_1(string name, byte protocolLevel)
    {
        foreach (var profile in new[] { Profiles.Aws, Profiles.Standard })
        {
            await using var under = await Profiles.Start(profile);
            await using var client = await under.Open();
            await client.Send(Raw.Packet(Raw.Connect, Raw.Text(name), [protocolLevel, 2], Raw.Number(60), Raw.Text("d")));
            var answer = (await client.Next(PacketType.ConnAck)).ConnAck;
            Assert.Equal((false, 1), (answer.SessionPresent, answer.Code));
            await client.ExpectEnd();
            Assert.Empty(under.Broker.Connections);
        }
    }

    public static TheoryData<string, byte, string> CannotBe => new()
    {
        { "the reserved flag", 0x03, "0001 64" },
        { "the will's QoS without a will", 0x0A, "0001 64" },
        { "the will's retain flag without a will", 0x22, "0001 64" },
        { "a will without its flag", 0x02, "0001 64 0001 77 0001 78" },
        { "a will of QoS 3", 0x1E, "0001 64 P 0001 77 0001 78" },
        { "the will's flag without a will", 0x06, "0001 64" },
        { "a will's topic without a payload", 0x06, "0001 64 P 0001 77" },
        { "a user name without its flag", 0x02, "0001 64 0001 75" },
        { "the flag without a user name", 0x82, "0001 64" },
        { "a password without its flag", 0x82, "0001 64 0001 75 0001 70" },
        { "the flag without a password", 0xC2, "0001 64 0001 75" },
        { "no client id", 0x02, "" },
        { "half a client id", 0x02, "0002 64" },
    };

    [Theory]
    [MemberData(nameof(CannotBe))]
    [Mqtt311(
        "3.1.2-3", "3.1.2-9", "3.1.2-11", "3.1.2-13", "3.1.2-14", "3.1.2-15", "3.1.2-18", "3.1.2-19", "3.1.2-20", "3.1.2-21", "3.1.3-3", "3.1.4-1")]
    [Mqtt5("3.1.2-3", "3.1.2-9", "3.1.2-11", "3.1.2-12", "3.1.2-13", "3.1.2-16", "3.1.2-17", "3.1.2-18", "3.1.2-19", "3.1.3-3", "3.1.4-1", "3.2.2-6", "3.2.2-8")]
    public async Task Flags_and_payload_of_CONNECT_agree(string what, byte flags, string payload)
    {
        Assert.NotEmpty(what);
        await using var under = await Profiles.Start();
        foreach (var level in new[] { ProtocolLevel.V311, ProtocolLevel.V5 })
        {
            await using var client = await under.Open(level);
            await client.Send(Raw.ConnectOf(level, flags, Raw.Hex(payload.Replace("P", level == ProtocolLevel.V5 ? "00" : "", StringComparison.Ordinal))));
            await client.ExpectNoConnect(level, ReasonCode.MalformedPacket);
        }

        Assert.Empty(under.Broker.Connections);
    }

    [Fact]
    [Mqtt311("3.1.2-22")]
    [Mqtt5("3.1.2-19")]
    public async Task A_password_without_a_user_name_is_for_level_5_only()
    {
        await using var under = await Profiles.Start();
        await using var old = await under.Open();
        await old.Send(Raw.ConnectOf(ProtocolLevel.V311, 0x42, Raw.Text("d"), Raw.Text("p")));
        await old.ExpectEnd();
        await using var current = await under.Open(ProtocolLevel.V5);
        await current.Send(Raw.ConnectOf(ProtocolLevel.V5, 0x42, Raw.Text("d"), Raw.Text("p")));
        Assert.Equal(0, (await current.Next(PacketType.ConnAck)).ConnAck.Code);
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.2-9", "3.1.2-19", "3.1.2-21", "3.1.3-1", "3.1.3-3")]
    [Mqtt5("3.1.2-9", "3.1.2-17", "3.1.2-19", "3.1.3-1", "3.1.3-3")]
    public async Task The_payload_has_its_order(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        ConnectAttempt? seen = null;
        under.Host.OnConnect = attempt =>
        {
            seen = attempt;
            return ConnectDecision.Accept(state: null);
        };
        await using var client = await under.Open(level);
        await client.Send(Raw.ConnectOf(
            level, 0b1110_1110, Raw.Text("id"), Raw.Properties(level, 0x01, 0x01), Raw.Text("topic"), Raw.Text("payload"), Raw.Text("user"), Raw.Text("pass")));
        await client.Next(PacketType.ConnAck);
        Assert.Equal(("id", "topic", "user"), (seen!.ClientId, seen.Will!.Topic, seen.UserName));
        Assert.Equal("payload"u8.ToArray(), seen.Will.Payload);
        Assert.Equal("pass"u8.ToArray(), seen.Password!);
        Assert.Equal((QoS.AtLeastOnce, true), (seen.Will.QoS, seen.Will.Retain));
        Assert.Equal(level == ProtocolLevel.V5 ? (byte)1 : null, seen.Will.Properties?.PayloadFormat);
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.3-5")]
    [Mqtt5("3.1.3-5")]
    public async Task Letters_and_digits_up_to_23_are_a_client_id(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        foreach (var id in new[] { "0", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ" })
            await (await under.Connect(id, level)).DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.3-6")]
    [Mqtt5("3.1.3-6", "3.1.3-7", "3.2.2-16")]
    public async Task An_empty_client_id_gets_one_of_its_own(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var one = await under.Open(level);
        await using var two = await under.Open(level);
        var first = await one.Connect("");
        var second = await two.Connect("");
        Assert.Equal(2, under.Broker.Connections.Select(connection => connection.ClientId).Distinct().Count());
        await one.Ping();
        if (level == ProtocolLevel.V311)
            return;

        Assert.NotEqual(first.Properties!.AssignedClientId, second.Properties!.AssignedClientId);
        Assert.True(under.Broker.IsConnected(first.Properties.AssignedClientId!));
        await using var again = await under.Connect(first.Properties.AssignedClientId!, level);
        await one.ExpectDisconnect(ReasonCode.SessionTakenOver);
    }

    [Theory]
    [InlineData(Profiles.Standard, ProtocolLevel.V311, true)]
    [InlineData(Profiles.Aws, ProtocolLevel.V311, false)]
    [InlineData(Profiles.Standard, ProtocolLevel.V5, true)]
    [InlineData(Profiles.Aws, ProtocolLevel.V5, true)]
    [Mqtt311("3.1.3-8", "3.1.3-9", "3.2.2-4", "3.2.2-5")]
    [Mqtt5("3.1.3-8", "3.2.2-6", "3.2.2-7", "3.2.2-8", "4.13.2-1")]
    public async Task A_client_id_that_is_not_taken_is_refused_and_AWS_is_silent_at_level_4(string profile, ProtocolLevel level, bool told)
    {
        await using var under = await Profiles.Start(profile, options => options with { Profile = options.Profile with { ClientIdBytesMax = 23 } });
        await using var client = await under.Open(level);
        await client.SendConnect(level == ProtocolLevel.V311 ? "" : new string('d', 24), clean: false);
        await Refused(client, level, told);
        await using var other = await under.Open(level);
        await other.SendConnect(new string('d', 24));
        await Refused(other, level, told);
    }

    private static async Task Refused(RawClient client, ProtocolLevel level, bool told)
    {
        if (told)
        {
            var answer = (await client.Next(PacketType.ConnAck)).ConnAck;
            var code = level == ProtocolLevel.V5 ? (byte)ReasonCode.ClientIdentifierNotValid : (byte)2;
            Assert.Equal((false, code), (answer.SessionPresent, answer.Code));
        }

        await client.ExpectEnd();
    }
}
