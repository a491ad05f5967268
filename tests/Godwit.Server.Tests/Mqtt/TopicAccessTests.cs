using Godwit.Mqtt.Packets;
using Godwit.Server.Mqtt;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>A device reaching for what is not its own.</summary>
public sealed class TopicAccessTests(OneDoor shared) : IClassFixture<OneDoor>
{
    public static readonly TheoryData<string> Elsewhere =
    [
        "$aws/things/dev8/desk/x/get",
        "$aws/things/dev8/jobs/get",
        "$aws/things/dev8/jobs/x/update",
        "$aws/things/dev77/desk/x/get",
        "$aws/things/DEV7/desk/x/get",
        "$aws/things/dev7/../dev8/desk/x/get",
        "$aws/things/dev7%2F..%2Fdev8/desk/get",
        "$aws/things//desk/x/get",
        "$AWS/things/dev7/desk/x/get",
        "/$aws/things/dev7/desk/x/get",
        "$aws/things/dev7/desk",
        "$aws/rules/r",
        "$aws/events/presence/connected/dev7",
        "$SYS/broker",
        "alarms",
        "/",
    ];

    public static readonly TheoryData<string> FiltersElsewhere =
    [
        "#",
        "+/#",
        "$aws/#",
        "$aws/things/#",
        "$aws/things/+/desk/#",
        "$aws/things/dev8/desk/#",
        "$aws/things/dev8/jobs/notify-next",
        "$aws/things/dev7/+/x",
        "$aws/+/dev7/desk/#",
        "$share/g/$aws/things/dev8/desk/#",
        "$share/g/#",
        "$SYS/#",
        "$aws/things/dev7/desk",
        "alarms",
    ];

    [Theory]
    [MemberData(nameof(Elsewhere))]
    public async Task A_publish_elsewhere_ends_a_level_4_connection_without_acknowledgement_and_reaches_nobody(string topic)
    {
        var (door, asked) = (shared.Door, shared.Door.Desk.Accounts.Count);
        await using var watcher = await door.ConnectPlain("watcher");
        await watcher.Subscribe("#", QoS.AtMostOnce);
        await watcher.Subscribe("$aws/things/#", QoS.AtMostOnce);
        await using var client = await door.Connect(await door.Register("dev7"), "dev7");

        await client.Publish(topic, "x", QoS.AtLeastOnce);

        await client.ExpectEnd();
        await watcher.Ping();
        Assert.Equal(asked, door.Desk.Accounts.Count);
    }

    [Theory]
    [MemberData(nameof(Elsewhere))]
    public async Task At_level_5_it_is_answered_not_authorized_and_the_connection_stays(string topic)
    {
        var (door, asked) = (shared.Door, shared.Door.Desk.Accounts.Count);
        await using var client = await door.Connect(await door.Register("dev7"), "dev7", ProtocolLevel.V5);

        await client.Publish(topic, "x", QoS.AtLeastOnce);

        Assert.Equal(ReasonCode.NotAuthorized, (await client.Next(PacketType.PubAck)).Ack.Reason);
        await client.Ping();
        Assert.Equal(asked, door.Desk.Accounts.Count);

        await client.Publish(topic, "x");
        await client.ExpectDisconnect(ReasonCode.NotAuthorized);
    }

    [Theory]
    [MemberData(nameof(FiltersElsewhere))]
    public async Task A_subscription_elsewhere_fails_and_the_connection_stays(string filter)
    {
        var door = shared.Door;
        await using var client = await door.Connect(await door.Register("dev7"), "dev7");

        Assert.Equal((ReasonCode)0x80, await client.Subscribe(filter, QoS.AtLeastOnce));

        Assert.Equal(ReasonCode.Success, await client.Subscribe("$aws/things/dev7/desk/+/get/accepted", QoS.AtMostOnce));
        await client.Publish("$aws/things/dev7/desk/x/get", "own");
        Assert.Equal("own", (await client.NextPublish()).Payload);
    }

    [Fact]
    public async Task A_denied_subscription_can_be_set_to_end_the_connection()
    {
        await using var door = await DeviceDoorUnderTest.Open(options => options with { MqttDisconnectsDeniedSubscribe = true });
        await using var client = await door.Connect(await door.Register("dev7"), "dev7", ProtocolLevel.V5);

        await client.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V5, new SubscribePacket(7, [new SubscribeFilter("alarms", QoS.AtMostOnce)])));

        await client.ExpectDisconnect(ReasonCode.NotAuthorized);
    }

    [Fact]
    public async Task A_subscription_wider_than_what_may_be_received_delivers_only_that()
    {
        // A device that asks for every thing's topics with a + is granted them by such a policy; what is received stays its own.
        var door = shared.Door;
        const string policy =
            """
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":["iot:Connect","iot:Subscribe","iot:Publish"],"Resource":"*"},
              {"Effect":"Allow","Action":"iot:Receive","Resource":"arn:aws:iot:us-east-1:000000000000:topic/$aws/things/${iot:Connection.Thing.ThingName}/*"}]}
            """;
        await using var client = await door.Connect(await door.Register("dev7", policy), "dev7");
        Assert.Equal(ReasonCode.Success, await client.Subscribe("$aws/things/+/jobs/notify-next", QoS.AtMostOnce));

        door.Link.Publish(DeviceDoorUnderTest.Account, "$aws/things/dev8/jobs/notify-next", "theirs"u8.ToArray(), 1);
        door.Link.Publish(DeviceDoorUnderTest.Account, "$aws/things/dev7/jobs/notify-next", "own"u8.ToArray(), 1);

        Assert.Equal("own", (await client.NextPublish()).Payload);
        await client.Ping();
    }

    [Fact]
    public async Task A_retained_publish_needs_a_right_of_its_own_and_reserved_topics_keep_none()
    {
        var door = shared.Door;
        const string policy =
            """
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":["iot:Connect","iot:Publish"],"Resource":"*"},
              {"Effect":"Allow","Action":"iot:RetainPublish","Resource":["arn:aws:iot:us-east-1:000000000000:topic/kept","arn:aws:iot:us-east-1:000000000000:topic/$aws/*"]}]}
            """;
        await using var client = await door.Connect(await door.Register("dev7", policy), "dev7", ProtocolLevel.V5);

        await client.Publish("kept", "x", QoS.AtLeastOnce, packetId: 1, retain: true);
        Assert.NotEqual(ReasonCode.NotAuthorized, (await client.Next(PacketType.PubAck)).Ack.Reason);
        await client.Publish("other", "x", QoS.AtLeastOnce, packetId: 2, retain: true);
        Assert.Equal(ReasonCode.NotAuthorized, (await client.Next(PacketType.PubAck)).Ack.Reason);
        await client.Publish("$aws/things/dev7/desk/x/get", "x", QoS.AtLeastOnce, packetId: 3, retain: true);
        await client.ExpectDisconnect(ReasonCode.RetainNotSupported);
    }

    [Theory]
    [InlineData("$aws/things/dev7/desk/x/get/accepted")]
    [InlineData("$aws/things/dev7/jobs/notify-next")]
    [InlineData("$aws/events/presence/connected/dev7")]
    [InlineData("$SYS/broker")]
    public async Task Even_one_who_may_do_everything_cannot_speak_for_the_service(string topic)
    {
        var door = shared.Door;
        var wide = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using var listener = await door.Connect(wide, "listener");
        await using var client = await door.Connect(wide, "dev7", ProtocolLevel.V5);
        await listener.Subscribe(topic, QoS.AtMostOnce);

        await client.Publish(topic, "forged", QoS.AtLeastOnce);

        await client.ExpectDisconnect(ReasonCode.TopicNameInvalid);
        await listener.Ping();
    }

    [Fact]
    public async Task A_message_for_a_rule_is_acknowledged_and_goes_nowhere()
    {
        var door = shared.Door;
        var wide = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using var client = await door.Connect(wide, "dev7");
        await client.Subscribe("$aws/rules/#", QoS.AtMostOnce);

        await client.Publish("$aws/rules/r/t", "x", QoS.AtLeastOnce, packetId: 5);

        Assert.Equal(5, (await client.Next(PacketType.PubAck)).Ack.PacketId);
        await client.Ping();
    }

    [Fact]
    public async Task A_will_cannot_ask_a_service_in_the_name_of_one_who_is_gone()
    {
        var (door, asked) = (shared.Door, shared.Door.Desk.Accounts.Count);
        await using var watcher = await door.ConnectPlain("watcher");
        await watcher.Subscribe("alarms", QoS.AtMostOnce);
        await watcher.Subscribe("$aws/things/#", QoS.AtMostOnce);
        var device = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        var asking = await door.Connect(device, "a", will: new Will("$aws/things/dev7/desk/x/get", "x"u8.ToArray(), QoS.AtMostOnce, Retain: false));
        var ordinary = await door.Connect(device, "b", will: new Will("alarms", "gone"u8.ToArray(), QoS.AtMostOnce, Retain: false));

        await asking.DisposeAsync();
        await door.Gone("a");
        await ordinary.DisposeAsync();

        Assert.Equal("gone", (await watcher.NextPublish()).Payload);
        Assert.Equal(asked, door.Desk.Accounts.Count);
    }
}
