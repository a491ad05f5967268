using System.Net;
using System.Net.Sockets;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Conformance;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

public sealed class ConnectTests
{
    [Fact]
    public async Task Level_5_is_told_the_limits_it_meets_MQTT_3_2_2_3()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Open(ProtocolLevel.V5);
        var answer = await client.Connect("", keepAlive: 5, properties: new Properties { SessionExpirySeconds = 30 * 24 * 3600 });

        Assert.Equal(0, answer.Code);
        var told = answer.Properties!;
        Assert.StartsWith("auto-", told.AssignedClientId, StringComparison.Ordinal);
        Assert.Equal((ushort)30, told.ServerKeepAliveSeconds);
        Assert.Equal(7u * 24 * 3600, told.SessionExpirySeconds);
        Assert.Equal((ushort)100, told.ReceiveMaximum);
        Assert.Equal((ushort)8, told.TopicAliasMaximum);
        Assert.Equal((byte)1, told.MaximumQos);
        Assert.Equal((byte)0, told.SubscriptionIdsAvailable);
        Assert.Equal(149_504u, told.MaximumPacketBytes);
    }

    [Fact]
    public async Task A_refusal_closes_level_4_in_silence_and_tells_level_5_why()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.OnConnect = _ => ConnectDecision.Refuse(ReasonCode.NotAuthorized);
        await using var old = await under.Open();
        await old.SendConnect("d1");
        await old.ExpectEnd();

        await using var current = await under.Open(ProtocolLevel.V5);
        Assert.Equal((byte)ReasonCode.NotAuthorized, (await current.Connect("d1")).Code);
        await current.ExpectEnd();
        Assert.False(under.Broker.IsConnected("d1"));
    }

    [Fact]
    public async Task A_refusal_of_level_4_has_a_return_code_if_the_host_wants_it()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.OnConnect = _ => ConnectDecision.Refuse(ReasonCode.NotAuthorized, silentV311: false);
        await using var client = await under.Open();
        Assert.Equal(5, (await client.Connect("d1")).Code);
        await client.ExpectEnd();
    }

    [Fact]
    [Mqtt311("3.1.2-2")]
    [Mqtt5("3.1.2-2")]
    public async Task An_unknown_protocol_level_is_answered_return_code_1_MQTT_3_1_2_2()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Open();
        await client.Send(Convert.FromHexString("100E00044D51545406" + "02003C00026431"));
        Assert.Equal(1, (await client.Next(PacketType.ConnAck)).ConnAck.Code);
        await client.ExpectEnd();
    }

    [Theory]
    [InlineData("$aws-like")]
    [InlineData("x129")]
    public async Task A_client_id_that_the_profile_does_not_take_is_refused(string clientId)
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Open(ProtocolLevel.V5);
        var id = clientId == "x129" ? new string('x', 129) : clientId;
        Assert.Equal((byte)ReasonCode.ClientIdentifierNotValid, (await client.Connect(id)).Code);
    }

    [Theory]
    [InlineData("__proto__")]
    [InlineData("#")]
    [InlineData("+/%00/../..")]
    [InlineData("\u202Eright-to-left")]
    public async Task Client_ids_that_hurt_others_are_just_names_here(string clientId)
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect(clientId);
        Assert.True(under.Broker.IsConnected(clientId));
        await client.Ping();
    }

    [Fact]
    [Mqtt311("3.1.3-6", "3.1.3-8")]
    public async Task An_empty_client_id_needs_a_clean_session_at_level_4_MQTT_3_1_3_8()
    {
        await using var under = await BrokerUnderTest.Start(options => options with
        {
            Profile = options.Profile with { SilentRefusalV311 = false },
        });
        await using var kept = await under.Open();
        Assert.Equal(2, (await kept.Connect("", clean: false)).Code);
        await using var clean = await under.Open();
        Assert.Equal(0, (await clean.Connect("", clean: true)).Code);
    }

    [Fact]
    [Mqtt5("3.2.2-12")]
    public async Task A_will_of_QoS_2_is_refused_at_CONNECT_MQTT_3_2_2_12()
    {
        await using var under = await BrokerUnderTest.Start();
        var will = new Will("gone", [], QoS.ExactlyOnce, Retain: false);
        await using var old = await under.Open();
        await old.SendConnect("d1", will: will);
        await old.ExpectEnd();
        await using var current = await under.Open(ProtocolLevel.V5);
        Assert.Equal((byte)ReasonCode.QosNotSupported, (await current.Connect("d1", will: will)).Code);
    }

    [Fact]
    [Mqtt5("4.12.0-1")]
    public async Task Extended_authentication_is_not_spoken_MQTT_4_12_0_1()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Open(ProtocolLevel.V5);
        var answer = await client.Connect("d1", properties: new Properties { AuthenticationMethod = "SCRAM" });
        Assert.Equal((byte)ReasonCode.BadAuthenticationMethod, answer.Code);
    }

    [Fact]
    public async Task The_host_sees_user_name_and_password_and_leaves_a_state()
    {
        await using var under = await BrokerUnderTest.Start();
        ConnectAttempt? seen = null;
        under.Host.OnConnect = attempt =>
        {
            seen = attempt;
            return ConnectDecision.Accept(state: 42);
        };
        await using var client = await under.Open();
        await client.Send(output => PacketWriter.Connect(output, new ConnectPacket
        {
            Level = ProtocolLevel.V311, ClientId = "d1", CleanStart = true, UserName = "?SDK=C&Version=1", Password = [1, 2],
        }));
        await client.Next(PacketType.ConnAck);
        Assert.Equal(("d1", "?SDK=C&Version=1", "plain"), (seen!.ClientId, seen.UserName, seen.Listener));
        Assert.Equal([1, 2], seen.Password!);
        Assert.Null(seen.ClientCertificate);
        Assert.Equal(42, under.Broker.Find("d1")!.State);
    }

    [Fact]
    public async Task A_failing_host_ends_the_connection_and_is_told()
    {
        var under = await BrokerUnderTest.Start();
        under.Host.OnConnect = _ => throw new InvalidOperationException("bug");
        await using var client = await under.Open();
        await client.SendConnect("d1");
        await client.ExpectEnd();
        await under.Host.Until("faulted InvalidOperationException");
        await under.Broker.DisposeAsync();
    }

    [Fact]
    public async Task Stopping_tells_level_5_and_closes_everybody()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var old = await under.Connect("old");
        await using var current = await under.Connect("current", ProtocolLevel.V5);
        var stopped = under.Broker.StopAsync(TestContext.Current.CancellationToken);
        await current.ExpectDisconnect(ReasonCode.ServerShuttingDown);
        await old.ExpectEnd();
        await old.DisposeAsync();
        await current.DisposeAsync();
        await stopped;
        Assert.Equal(0, under.Broker.Count().SocketsOpen);
        Assert.Equal(0, under.Broker.Count().Connected);
    }

    [Fact]
    public async Task A_stream_that_was_opened_elsewhere_is_served_like_a_socket()
    {
        await using var under = await BrokerUnderTest.Start();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var client = await RawClient.Open((IPEndPoint)listener.LocalEndpoint);
        var stream = new NetworkStream(await listener.AcceptSocketAsync(TestContext.Current.CancellationToken), ownsSocket: true);
        var served = under.Broker.ServeAsync(stream, new TransportInfo("elsewhere", RemoteEndPoint: null));
        await client.Connect("d1");
        await client.Subscribe("t", QoS.AtMostOnce);
        await client.Publish("t", "x");
        Assert.Equal("x", (await client.NextPublish()).Payload);
        Assert.Equal("elsewhere", under.Broker.Find("d1")!.Transport.Listener);
        await client.Disconnect();
        await client.ExpectEnd();
        await served;
    }

    [Fact]
    public async Task Domains_share_nothing()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.OnConnect = attempt => ConnectDecision.Accept(state: null, domain: attempt.KeepAliveDomain());
        await using var one = await under.Open();
        await one.Connect("d1", keepAlive: 61);
        await using var two = await under.Open();
        await two.Connect("d1", keepAlive: 62);
        await one.Subscribe("t", QoS.AtMostOnce);
        await two.Subscribe("t", QoS.AtMostOnce);
        await one.Publish("t", "from one", retain: true);
        Assert.Equal("from one", (await one.NextPublish()).Payload);
        await two.Ping();
        await two.Subscribe("t", QoS.AtMostOnce);
        await two.Ping();
        Assert.Equal(1, under.Broker.Publish("t", "x"u8.ToArray(), QoS.AtMostOnce, retain: false, domain: "62"));
        Assert.Equal("x", (await two.NextPublish()).Payload);
        await one.Ping();
        Assert.True(under.Broker.Disconnect("d1", ReasonCode.AdministrativeAction, domain: "61"));
        await one.ExpectEnd();
        await two.Ping();
    }
}

internal static class TestDomains
{
    /// <summary>The keep-alive names the domain, as a certificate does elsewhere.</summary>
    public static string KeepAliveDomain(this ConnectAttempt attempt) => attempt.Packet.KeepAliveSeconds.ToString();
}
