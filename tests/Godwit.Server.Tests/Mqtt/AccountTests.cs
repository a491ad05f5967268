using Godwit.Mqtt.Packets;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>Two accounts may use the same thing names, client ids and topics and never meet.</summary>
public sealed class AccountTests
{
    private const string Ours = DeviceDoorUnderTest.Account;
    private const string Theirs = DeviceDoorUnderTest.OtherAccount;

    [Fact]
    public async Task The_same_client_id_and_thing_in_two_accounts_are_two_devices()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await using var ours = await door.Connect(await door.Register("dev7"), "dev7");
        await using var theirs = await door.Connect(await door.Register("dev7", account: Theirs), "dev7");

        await ours.Publish("$aws/things/dev7/desk/x/get", "1");
        await theirs.Publish("$aws/things/dev7/desk/x/get", "2");

        Assert.Equal("1", (await ours.NextPublish()).Payload);
        Assert.Equal("2", (await theirs.NextPublish()).Payload);
        Assert.Equal([Ours, Theirs], door.Desk.Accounts.Order());
    }

    [Fact]
    public async Task Messages_requests_and_retained_messages_stay_in_their_account()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await using var ours = await door.Connect(await door.Register("dev7", DeviceDoorUnderTest.WidePolicy), "dev7");
        await using var theirs = await door.Connect(await door.Register("dev7", DeviceDoorUnderTest.WidePolicy, Theirs), "dev7");
        await theirs.Subscribe("#", QoS.AtMostOnce);
        await theirs.Subscribe("$aws/things/#", QoS.AtMostOnce);

        await ours.Publish("news", "kept", QoS.AtLeastOnce, retain: true);
        await ours.Next(PacketType.PubAck);
        await ours.Publish("$aws/things/dev7/desk/x/get", "1");
        await ours.NextPublish();
        door.Link.Publish(Ours, "$aws/things/dev7/jobs/notify", "ours"u8.ToArray(), 0);
        await theirs.Subscribe("news", QoS.AtMostOnce);
        await theirs.Ping();

        Assert.Equal(ReasonCode.Success, await ours.Subscribe("news", QoS.AtMostOnce));
        Assert.Equal("kept", (await ours.NextPublish()).Payload);
        Assert.False(door.Link.HasSubscriber(Ours, "$aws/things/dev7/jobs/notify"));
        Assert.True(door.Link.HasSubscriber(Theirs, "$aws/things/dev7/jobs/notify"));
    }

    [Fact]
    public async Task A_session_kept_for_a_client_id_is_not_resumed_by_another_account()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await using (var ours = await door.Connect(await door.Register("dev7", DeviceDoorUnderTest.WidePolicy), "dev7", clean: false))
        {
            await ours.Subscribe("news", QoS.AtLeastOnce);
            await ours.Disconnect();
        }
        await door.Gone("dev7");

        await using var theirs = await door.Dial(await door.Register("dev7", DeviceDoorUnderTest.WidePolicy, Theirs));

        Assert.False((await theirs.Connect("dev7", clean: false)).SessionPresent);
        Assert.True(door.Link.IsConnected(Theirs, "dev7"));
        Assert.False(door.Link.IsConnected(Ours, "dev7"));
    }
}
