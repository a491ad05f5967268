using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>What CONNECT causes and CONNACK says (3.1.4, 3.2), keep-alive and the limits that either side names.</summary>
public sealed class ConnectClauseTests
{
    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.4-4", "3.2.0-1", "4.2.0-1", "7.1.1-1")]
    [Mqtt5("3.1.4-5", "3.2.0-1", "3.2.0-2", "3.2.2-1", "4.2.0-1")]
    public async Task CONNACK_comes_first_also_where_the_client_did_not_wait_for_it(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Open(level);
        await client.Send([
            .. Raw.ConnectOf(level, 0x02, Raw.Text("d")),
            .. Raw.Packet(Raw.Subscribe, Raw.Number(1), Raw.Properties(level), Raw.Text("t"), [0]),
            .. Raw.Packet(0x30, Raw.Text("t"), Raw.Properties(level), [42]),
            .. Raw.Hex("C000")]);
        var answer = (await client.Next(PacketType.ConnAck)).ConnAck;
        Assert.Equal((false, 0), (answer.SessionPresent, answer.Code));
        await client.Next(PacketType.SubAck);
        Assert.Equal([42], (await client.NextPublish()).Bytes);
        await client.Next(PacketType.PingResp);
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.4-5", "3.2.2-4", "3.2.2-5")]
    [Mqtt5("3.1.4-2", "3.1.4-6", "3.2.2-6", "3.2.2-7", "4.12.0-4", "4.13.2-1", "3.14.0-1")]
    public async Task After_a_refusal_nothing_of_the_client_is_handled(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var watcher = await under.Connect("w");
        await watcher.Subscribe("#", QoS.AtMostOnce);
        under.Host.OnConnect = _ => ConnectDecision.Refuse(ReasonCode.NotAuthorized);
        await using var client = await under.Open(level);
        await client.Send([
            .. Raw.ConnectOf(level, 0x06, Raw.Text("d"), Raw.Properties(level), Raw.Text("gone"), Raw.Text("x")),
            .. Raw.Packet(0x31, Raw.Text("t"), Raw.Properties(level), [42])]);
        if (level == ProtocolLevel.V5 || profile == Profiles.Standard)
        {
            var answer = (await client.Next(PacketType.ConnAck)).ConnAck;
            Assert.Equal((false, level == ProtocolLevel.V5 ? (byte)ReasonCode.NotAuthorized : (byte)5), (answer.SessionPresent, answer.Code));
        }

        await client.ExpectEnd();
        await watcher.Ping(); // Neither the message nor the will has come.
        Assert.Equal(0, under.Broker.Count().Retained);
    }

    [Theory]
    [InlineData(ReasonCode.UnsupportedProtocolVersion, 1)]
    [InlineData(ReasonCode.ClientIdentifierNotValid, 2)]
    [InlineData(ReasonCode.ServerUnavailable, 3)]
    [InlineData(ReasonCode.ServerBusy, 3)]
    [InlineData(ReasonCode.QuotaExceeded, 3)]
    [InlineData(ReasonCode.BadUserNameOrPassword, 4)]
    [InlineData(ReasonCode.NotAuthorized, 5)]
    [InlineData(ReasonCode.Banned, 5)]
    [InlineData(ReasonCode.QosNotSupported, null)]
    [InlineData(ReasonCode.PacketTooLarge, null)]
    [Mqtt311("3.2.2-4", "3.2.2-5", "3.2.2-6")]
    [Mqtt5("3.2.2-7", "3.2.2-8")]
    public async Task A_refusal_has_the_code_of_its_level_and_where_level_4_has_none_nothing_is_said(ReasonCode reason, int? code)
    {
        await using var under = await Profiles.Start();
        under.Host.OnConnect = _ => ConnectDecision.Refuse(reason);
        await using var old = await under.Open();
        await old.SendConnect("d");
        if (code is not null)
            Assert.Equal(code, (await old.Next(PacketType.ConnAck)).ConnAck.Code);
        await old.ExpectEnd();
        await using var current = await under.Open(ProtocolLevel.V5);
        Assert.Equal((byte)reason, (await current.Connect("d")).Code);
        await current.ExpectEnd();
    }

    [Theory]
    [InlineData(Profiles.Standard, 2)]
    [InlineData(Profiles.Aws, 1)]
    [Mqtt311("3.1.2-14")]
    [Mqtt5("3.2.2-9", "3.2.2-10", "3.2.2-11", "3.2.2-12")]
    public async Task The_maximum_QoS_is_told_and_kept_to(string profile, int maximum)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Open(ProtocolLevel.V5);
        var told = (await client.Connect("d")).Properties!;
        Assert.Equal(maximum == 2 ? null : (byte)1, told.MaximumQos);
        Assert.Equal((byte)1, told.RetainAvailable);
        foreach (var level in new[] { ProtocolLevel.V311, ProtocolLevel.V5 })
        {
            await using var with = await under.Open(level);
            await with.SendConnect("w", will: new Will("gone", [1], QoS.ExactlyOnce, Retain: true));
            if (maximum == 2)
                Assert.Equal(0, (await with.Next(PacketType.ConnAck)).ConnAck.Code);
            else
                await with.ExpectNoConnect(level, ReasonCode.QosNotSupported);
        }

        if (maximum == 2)
        {
            foreach (var qos in new[] { QoS.AtMostOnce, QoS.AtLeastOnce, QoS.ExactlyOnce })
                Assert.Equal((ReasonCode)qos, await client.Subscribe($"t/{qos}", qos));
            await client.PublishFully("t", "x", QoS.ExactlyOnce);
            return;
        }

        await client.Publish("t", "x", QoS.ExactlyOnce);
        await client.ExpectDisconnect(ReasonCode.QosNotSupported);
    }

    [Theory]
    [InlineData(null)]
    [InlineData((byte)0)]
    [InlineData((byte)1)]
    [Mqtt5(
        "3.1.2-28", "3.1.2-29", "3.2.2-19", "3.2.2-20", "3.4.2-2", "3.4.2-3", "3.5.2-2", "3.5.2-3", "3.6.2-2", "3.6.2-3", "3.7.2-2", "3.7.2-3", "3.9.2-1",
        "3.9.2-2", "3.11.2-1", "3.11.2-2", "3.14.2-2", "3.14.2-3", "3.14.2-4", "3.15.2-2", "3.15.2-3", "4.12.0-6")]
    public async Task No_answer_has_a_reason_string_or_what_was_not_asked_for(byte? wanted)
    {
        await using var under = await Profiles.Start();
        under.Host.MayPublish = (_, topic) => topic == "no" ? PublishVerdict.Drop(ReasonCode.NotAuthorized) : PublishVerdict.Allow;
        under.Host.MaySubscribe = (_, filter) => filter.Filter == "filter/no" ? SubscribeVerdict.Refuse(ReasonCode.NotAuthorized) : SubscribeVerdict.Granted;
        await using var client = await under.Open(ProtocolLevel.V5);
        var told = (await client.Connect("d", properties: new Properties { RequestProblemInformation = wanted, RequestResponseInformation = wanted })).Properties!;
        Assert.Equal((null, null, null, null), (told.ReasonString, told.UserProperties, told.ResponseInformation, told.AuthenticationMethod));
        foreach (var topic in new[] { "t", "no" })
        {
            Assert.Null((await client.Subscribe(new SubscribeFilter("filter/" + topic, QoS.ExactlyOnce))).Properties);
            await client.Publish(topic, "x", QoS.AtLeastOnce, packetId: 3);
            Assert.Null((await client.Next(PacketType.PubAck)).Ack.Properties);
            await client.Publish(topic, "x", QoS.ExactlyOnce, packetId: 4);
            Assert.Null((await client.Next(PacketType.PubRec)).Ack.Properties);
        }

        await client.Ack(PacketType.PubRel, 4);
        Assert.Null((await client.Next(PacketType.PubComp)).Ack.Properties);
        await client.Ack(PacketType.PubRec, 99);
        Assert.Null((await client.Next(PacketType.PubRel)).Ack.Properties);
        await client.Send(output => PacketWriter.Unsubscribe(output, ProtocolLevel.V5, new UnsubscribePacket(5, ["filter/t", "never"])));
        Assert.Null((await client.Next(PacketType.UnsubAck)).SubAck.Properties);
        await client.Send(0xF0, 0);
        Assert.Null((await client.Next(PacketType.Disconnect)).Disconnect.Properties);
    }

    [Fact]
    [Mqtt5("3.1.2-24", "3.1.2-25", "3.14.0-1")]
    public async Task Nothing_larger_than_the_client_takes_is_sent_be_it_an_answer_or_a_message()
    {
        await using var under = await Profiles.Start();
        await using var tiny = await under.Open(ProtocolLevel.V5);
        var refused = await tiny.Connect("tiny", properties: new Properties { MaximumPacketBytes = 8 });
        Assert.Equal((byte)ReasonCode.PacketTooLarge, refused.Code);
        await tiny.ExpectEnd();
        await using var nothing = await under.Open(ProtocolLevel.V5);
        await nothing.SendConnect("nothing", properties: new Properties { MaximumPacketBytes = 1 });
        await nothing.ExpectEnd();
        Assert.Empty(under.Broker.Connections);

        await using var small = await under.Connect("small", ProtocolLevel.V5, properties: new Properties { MaximumPacketBytes = 40 });
        Assert.Equal(ReasonCode.GrantedQos2, await small.Subscribe("t", QoS.ExactlyOnce));
        foreach (var (length, qos) in new[] { (100, QoS.AtLeastOnce), (100, QoS.ExactlyOnce), (34, QoS.AtMostOnce), (33, QoS.ExactlyOnce), (32, QoS.ExactlyOnce) })
            under.Broker.Publish("t", new byte[length], qos, retain: false);
        Assert.Equal(34, (await small.Take()).Bytes.Length); // 40 bytes in all, neither more nor less.
        Assert.Equal(32, (await small.Take()).Bytes.Length);

        await small.Send(output => PacketWriter.Subscribe(
            output, ProtocolLevel.V5, new SubscribePacket(1, [.. Enumerable.Range(0, 40).Select(i => new SubscribeFilter($"{i}", QoS.AtMostOnce))])));
        await small.ExpectDisconnect(ReasonCode.PacketTooLarge);
    }

    [Fact]
    [Mqtt311("3.1.2-8", "3.1.4-4")]
    [Mqtt5("3.1.4-5", "3.2.2-15")]
    public async Task The_standards_largest_CONNECT_is_taken_and_what_is_larger_than_was_told_is_not()
    {
        await using var under = await Profiles.Start();
        foreach (var level in new[] { ProtocolLevel.V311, ProtocolLevel.V5 })
        {
            var full = new byte[65_535];
            Array.Fill(full, (byte)'x');
            await using var largest = await under.Open(level);
            await largest.Send(Raw.ConnectOf(level, 0xC6, Raw.Text(full), Raw.Properties(level), Raw.Text(full), Raw.Text(full), Raw.Text(full), Raw.Text(full)));
            Assert.Equal(0, (await largest.Next(PacketType.ConnAck)).ConnAck.Code);
        }

        await using var client = await under.Open(ProtocolLevel.V5);
        var most = (int)(await client.Connect("d")).Properties!.MaximumPacketBytes!.Value;
        const int Head = 1 + 3 + 2 + 1 + 1; // type, length, topic, no properties
        await client.Subscribe("t", QoS.AtMostOnce);
        await client.Publish("t", new string('x', most - Head));
        Assert.Equal(most - Head, (await client.NextPublish()).Bytes.Length);
        await client.Publish("t", new string('x', most - Head + 1));
        await client.ExpectDisconnect(ReasonCode.PacketTooLarge);

        await using var aws = await Profiles.Start(Profiles.Aws);
        await using var late = await aws.Open();
        await late.SendConnect("d", will: new Will("gone", new byte[8192], QoS.AtMostOnce, Retain: false));
        await late.ExpectEnd();
    }

    [Theory]
    [InlineData(Profiles.Standard, 3, 3)]
    [InlineData(Profiles.Standard, 60, 60)]
    [InlineData(Profiles.Standard, 2400, 2400)]
    [InlineData(Profiles.Aws, 3, 30)]
    [InlineData(Profiles.Aws, 60, 60)]
    [InlineData(Profiles.Aws, 65_535, 1200)]
    [Mqtt311("3.1.2-24")]
    [Mqtt5("3.1.2-22", "3.2.2-22")]
    public async Task A_silence_of_one_and_a_half_keep_alives_is_a_failure(string profile, ushort asked, int counts)
    {
        foreach (var level in new[] { ProtocolLevel.V311, ProtocolLevel.V5 })
        {
            await using var under = await Profiles.Start(profile);
            await using var watcher = await under.Open();
            await watcher.Connect("w", keepAlive: 0);
            await watcher.Subscribe("gone", QoS.AtMostOnce);
            await using var client = await under.Open(level);
            var answer = await client.Connect("d", keepAlive: asked, will: new Will("gone", [], QoS.AtMostOnce, Retain: false));
            if (level == ProtocolLevel.V5)
                Assert.Equal(asked == counts ? null : (ushort)counts, answer.Properties!.ServerKeepAliveSeconds);
            await under.Advance(TimeSpan.FromMilliseconds(counts * 1500));
            await client.Ping();
            await watcher.Ping();
            await under.Advance(TimeSpan.FromMilliseconds(counts * 1500));
            await watcher.Ping();
            Assert.True(under.Broker.IsConnected("d"));

            await under.Advance(TimeSpan.FromSeconds(1));
            await client.ExpectRefusal(level, ReasonCode.KeepAliveTimeout);
            Assert.Equal("gone", (await watcher.NextPublish()).Topic);
        }
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    [Mqtt311("3.1.2-24")]
    [Mqtt5("3.1.2-22")]
    public async Task A_keep_alive_of_zero_is_none(ProtocolLevel level)
    {
        await using var under = await Profiles.Start();
        await using var client = await under.Open(level);
        await client.Connect("d", keepAlive: 0);
        await under.Advance(TimeSpan.FromHours(1));
        await client.Ping();
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.12.4-1")]
    [Mqtt5("3.12.4-1")]
    public async Task Each_PINGREQ_has_its_PINGRESP(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Connect("d", level);
        await client.Send(0xC0, 0, 0xC0, 0, 0xC0, 0);
        for (var i = 0; i < 3; i++)
            await client.Next(PacketType.PingResp);
        await client.Send(0xC0, 1, 0);
        await client.ExpectRefusal(level, ReasonCode.MalformedPacket);
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.4-2")]
    [Mqtt5("3.1.4-3", "3.14.4-1", "3.14.4-2", "4.13.2-1")]
    public async Task An_older_connection_of_the_client_id_is_ended_and_gets_nothing_more(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var first = await under.Connect("d", level);
        await first.Subscribe("t", QoS.AtLeastOnce);
        await using var second = await under.Connect("d", level);
        under.Broker.Publish("t", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        await first.ExpectRefusal(level, ReasonCode.SessionTakenOver);
        await second.Ping();
    }

    [Theory]
    [InlineData(Profiles.Aws)]
    [InlineData(Profiles.Standard)]
    [Mqtt5("4.12.0-1", "4.12.0-4", "4.12.1-2", "3.2.2-6")]
    public async Task An_authentication_method_is_refused_as_none_is_known(string profile)
    {
        await using var under = await Profiles.Start(profile);
        await using var client = await under.Open(ProtocolLevel.V5);
        var answer = await client.Connect("d", properties: new Properties { AuthenticationMethod = "SCRAM-SHA-256", AuthenticationData = [1] });
        Assert.Equal((false, (byte)ReasonCode.BadAuthenticationMethod), (answer.SessionPresent, answer.Code));
        Assert.Null(answer.Properties);
        await client.ExpectEnd();

        await using var later = await under.Connect("d", ProtocolLevel.V5);
        await later.Send(Raw.Hex("F0 07 19 05 15 0002 6162")); // Re-authentication of what was never authenticated.
        await later.ExpectDisconnect(ReasonCode.ProtocolError);
    }
}
