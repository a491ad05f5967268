using System.Net.Security;
using Godwit.Mqtt.Packets;
using Godwit.Server.Mqtt;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>Who may connect: what is refused is refused in the same way, so a stranger learns nothing from it.</summary>
public sealed class ConnectTests
{
    [Fact]
    public async Task A_registered_active_certificate_connects_and_its_user_name_is_ignored()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7");
        await using var client = await door.Dial(device);

        await client.Send(output => PacketWriter.Connect(output, new ConnectPacket
        {
            Level = ProtocolLevel.V311, ClientId = "dev7", CleanStart = true, KeepAliveSeconds = 60, UserName = "?SDK=Cxx&Version=1&Platform=mcu",
        }));

        Assert.Equal(0, (await client.Next(PacketType.ConnAck)).ConnAck.Code);
        Assert.True(door.Link.IsConnected(DeviceDoorUnderTest.Account, "dev7"));
    }

    [Theory]
    [InlineData(Stranger.NoCertificate)]
    [InlineData(Stranger.NotRegistered)]
    [InlineData(Stranger.Inactive)]
    [InlineData(Stranger.Revoked)]
    [InlineData(Stranger.Expired)]
    [InlineData(Stranger.WithoutPolicy)]
    [InlineData(Stranger.OtherClientId)]
    [InlineData(Stranger.WillElsewhere)]
    public async Task A_stranger_is_cut_off_without_an_answer_at_level_4_and_told_not_authorized_at_level_5(Stranger stranger)
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var (device, clientId, will) = await Make(door, stranger);

        await using var v4 = await door.Dial(device);
        await v4.SendConnect(clientId, will: will);
        await v4.ExpectEnd();

        await using var v5 = await door.Dial(device, ProtocolLevel.V5);
        Assert.Equal((byte)ReasonCode.NotAuthorized, (await v5.Connect(clientId, will: will)).Code);
        await v5.ExpectEnd();
        Assert.False(door.Link.IsConnected(DeviceDoorUnderTest.Account, clientId));
    }

    [Fact]
    public async Task A_refusal_at_level_4_can_be_set_to_answer_return_code_5()
    {
        await using var door = await DeviceDoorUnderTest.Open(options => options with { MqttAnswersRefusedConnect = true });
        await using var client = await door.Dial(door.MakeDevice());

        Assert.Equal(5, (await client.Connect("dev7")).Code);
        await client.ExpectEnd();
    }

    [Fact]
    public async Task Checklist_21_a_policy_on_the_things_name_denies_another_client_id()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7");
        await door.Register("dev8");
        await using var own = await door.Connect(device, "dev7");
        await using var other = await door.Dial(device, ProtocolLevel.V5);

        Assert.Equal((byte)ReasonCode.NotAuthorized, (await other.Connect("dev8")).Code);
    }

    [Fact]
    public async Task Checklist_17_a_second_connection_of_a_client_id_ends_the_first_with_session_taken_over()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7");
        await using var first = await door.Connect(device, "dev7", ProtocolLevel.V5);

        await using var second = await door.Connect(device, "dev7", ProtocolLevel.V5);

        await first.ExpectDisconnect(ReasonCode.SessionTakenOver);
        await second.Ping();
        Assert.True(door.Link.IsConnected(DeviceDoorUnderTest.Account, "dev7"));
    }

    [Theory]
    [InlineData(10, 30)]
    [InlineData(0, 1200)]
    [InlineData(5000, 1200)]
    public async Task Checklist_19_the_keep_alive_is_clamped_and_level_5_is_told_so(ushort asked, int granted)
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7");
        await using var client = await door.Dial(device, ProtocolLevel.V5);

        var answer = await client.Connect("dev7", keepAlive: asked);

        Assert.Equal(granted, (int?)answer.Properties?.ServerKeepAliveSeconds);
    }

    [Fact]
    public async Task Checklist_20_QoS_2_is_refused_everywhere()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using var publisher = await door.Connect(device, "a", ProtocolLevel.V5);
        await using var subscriber = await door.Connect(device, "b", ProtocolLevel.V5);
        await using var dying = await door.Dial(device, ProtocolLevel.V5);

        await publisher.Publish("a", "x", QoS.ExactlyOnce);
        await publisher.ExpectDisconnect(ReasonCode.QosNotSupported);
        await subscriber.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V5, new SubscribePacket(7, [new SubscribeFilter("a", QoS.ExactlyOnce)])));
        await subscriber.ExpectDisconnect(ReasonCode.QosNotSupported);
        await dying.SendConnect("c", will: new Will("a", new byte[1], QoS.ExactlyOnce, Retain: false));
        Assert.NotEqual(0, (await dying.Next(PacketType.ConnAck)).ConnAck.Code);
    }

    [Fact]
    public async Task The_server_proves_its_name_to_a_device_that_trusts_the_CA()
    {
        await using var door = await DeviceDoorUnderTest.Open(options => options with { Hosts = ["ota.example"] });
        var device = await door.Register("dev7");

        await using var tls = await door.DialTls(device);

        Assert.True(tls.IsMutuallyAuthenticated);
        Assert.True(((System.Security.Cryptography.X509Certificates.X509Certificate2)tls.RemoteCertificate!).MatchesHostname("ota.example"));
    }

    [Fact]
    public async Task The_plain_port_takes_anyone_into_the_default_account_and_listens_on_loopback_only()
    {
        await using var door = await DeviceDoorUnderTest.Open(options => options with { MqttPlainPort = 0, Listen = "0.0.0.0" });
        var device = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using var known = await door.Connect(device, "dev7");
        await using var anyone = await door.ConnectPlain("desk");
        await known.Subscribe("a/b", QoS.AtMostOnce);

        await anyone.Publish("a/b", "hello");

        Assert.Equal("hello", (await known.NextPublish()).Payload);
        Assert.True(door.Get<DeviceDoor>().Broker!.EndPoints[DeviceDoor.PlainListener].Address.Equals(System.Net.IPAddress.Loopback));
    }

    [Fact]
    public async Task There_is_no_plain_port_unless_it_was_asked_for()
    {
        await using var door = await DeviceDoorUnderTest.Open();

        Assert.Null(door.Endpoints.MqttPlainPort);
        Assert.Equal([DeviceDoor.TlsListener], door.Get<DeviceDoor>().Broker!.EndPoints.Keys);
    }

    private static async Task<(TestDevice?, string, Will?)> Make(DeviceDoorUnderTest door, Stranger stranger) => stranger switch
    {
        Stranger.NoCertificate => (null, "dev7", null),
        Stranger.NotRegistered => (door.MakeDevice(), "dev7", null),
        Stranger.Inactive => (await door.Register("dev7", status: "INACTIVE"), "dev7", null),
        Stranger.Revoked => (await door.Register("dev7", status: "REVOKED"), "dev7", null),
        Stranger.Expired => (await door.Register("dev7", end: TimeProvider.System.GetUtcNow().AddHours(-1)), "dev7", null),
        Stranger.WithoutPolicy => (await door.Register("dev7", policy: null), "dev7", null),
        Stranger.OtherClientId => (await door.Register("dev7"), "dev8", null),
        Stranger.WillElsewhere => (await door.Register("dev7"), "dev7", new Will("alarms", new byte[1], QoS.AtMostOnce, Retain: false)),
        _ => throw new ArgumentOutOfRangeException(nameof(stranger)),
    };

    public enum Stranger
    {
        NoCertificate,
        NotRegistered,
        Inactive,
        Revoked,
        Expired,
        WithoutPolicy,
        OtherClientId,
        WillElsewhere,
    }
}
