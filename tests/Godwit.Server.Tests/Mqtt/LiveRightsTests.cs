using Godwit.Mqtt.Packets;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>What changes in the registry acts on connections that are open.</summary>
public sealed class LiveRightsTests
{
    private const string Own = "$aws/things/dev7/desk";

    [Theory]
    [InlineData("INACTIVE")]
    [InlineData("REVOKED")]
    public async Task A_certificate_that_is_no_longer_active_ends_its_connections(string status)
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using var v4 = await door.Connect(device, "v4");
        await using var v5 = await door.Connect(device, "v5", ProtocolLevel.V5);
        await using var bystander = await door.Connect(await door.Register("dev8"), "dev8");

        await door.SetStatus(device, status);

        await v4.ExpectEnd();
        await v5.ExpectDisconnect(ReasonCode.NotAuthorized);
        await bystander.Ping();
        await using var again = await door.Dial(device);
        await again.SendConnect("v4");
        await again.ExpectEnd();
    }

    [Fact]
    public async Task Detaching_every_policy_ends_the_connection_and_attaching_lets_it_back()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7");
        await using var client = await door.Connect(device, "dev7", ProtocolLevel.V5);

        await door.DetachPolicy(device);

        await client.ExpectDisconnect(ReasonCode.NotAuthorized);
        await door.AttachPolicy(device);
        await using var again = await door.Connect(device, "dev7");
    }

    [Fact]
    public async Task A_tightened_policy_stops_delivery_on_old_subscriptions_and_publishing()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using var client = await door.Connect(device, "dev7", ProtocolLevel.V5);
        await client.Subscribe("news", QoS.AtLeastOnce);
        await client.Subscribe($"{Own}/#", QoS.AtLeastOnce);
        door.Link.Publish(DeviceDoorUnderTest.Account, "news", "before"u8.ToArray(), 0);
        Assert.Equal("before", (await client.NextPublish()).Payload);

        await door.SetPolicy(device, DeviceDoorUnderTest.ThingPolicy);

        door.Link.Publish(DeviceDoorUnderTest.Account, "news", "after"u8.ToArray(), 0);
        door.Link.Publish(DeviceDoorUnderTest.Account, $"{Own}/hello", "own"u8.ToArray(), 0);
        Assert.Equal("own", (await client.NextPublish()).Payload);
        await client.Publish("news", "x", QoS.AtLeastOnce);
        Assert.Equal(ReasonCode.NotAuthorized, (await client.Next(PacketType.PubAck)).Ack.Reason);
    }

    [Fact]
    public async Task A_widened_policy_acts_on_a_topic_that_was_denied_before()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7");
        await using var client = await door.Connect(device, "dev7", ProtocolLevel.V5);
        await client.Publish("news", "x", QoS.AtLeastOnce);
        Assert.Equal(ReasonCode.NotAuthorized, (await client.Next(PacketType.PubAck)).Ack.Reason);

        await door.SetPolicy(device, DeviceDoorUnderTest.WidePolicy);

        await client.Publish("news", "x", QoS.AtLeastOnce, packetId: 2);
        Assert.NotEqual(ReasonCode.NotAuthorized, (await client.Next(PacketType.PubAck)).Ack.Reason);
    }

    [Fact]
    public async Task The_service_can_end_every_connection_of_a_certificate()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using var one = await door.Connect(device, "one", ProtocolLevel.V5);
        await using var two = await door.Connect(device, "two", ProtocolLevel.V5);

        door.Link.Disconnect(DeviceDoorUnderTest.OtherAccount, device.Id, "not theirs to end");
        await one.Ping();
        door.Link.Disconnect(DeviceDoorUnderTest.Account, device.Id, "a test");

        await one.ExpectDisconnect(ReasonCode.AdministrativeAction);
        await two.ExpectDisconnect(ReasonCode.AdministrativeAction);
    }

    [Fact]
    public async Task A_message_kept_for_a_device_is_not_given_to_it_once_it_may_not_receive_it()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using (var client = await door.Connect(device, "dev7", clean: false))
        {
            await client.Subscribe("news", QoS.AtLeastOnce);
            await client.Subscribe($"{Own}/#", QoS.AtLeastOnce);
            await client.Disconnect();
        }
        await door.Gone("dev7");
        Assert.True(door.Link.HasSubscriber(DeviceDoorUnderTest.Account, "news"));
        door.Link.Publish(DeviceDoorUnderTest.Account, "news", "secret"u8.ToArray(), 1);
        door.Link.Publish(DeviceDoorUnderTest.Account, $"{Own}/hello", "own"u8.ToArray(), 1);
        await door.SetPolicy(device, DeviceDoorUnderTest.ThingPolicy);

        await using var again = await door.Connect(device, "dev7", clean: false);

        Assert.Equal("own", (await again.NextPublish()).Payload);
    }
}
