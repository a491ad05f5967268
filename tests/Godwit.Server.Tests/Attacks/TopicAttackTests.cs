using Godwit.Mqtt.Packets;
using Godwit.Server.Tests.Mqtt;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A14: two thousand ways to name other things' topics: none is published on, none subscribed to, nobody hears and no service is asked.</summary>
public sealed class TopicAttackTests(OneDoor shared) : IClassFixture<OneDoor>
{
    private static readonly string[] s_roots = ["$aws/things/", "$AWS/things/", "/$aws/things/", "$aws//things/", "$aws/things//", "$aws/./things/", "$aws/things/./", "$share/g/$aws/things/"];

    private static readonly string[] s_things =
    [
        "dev8", "dev77", "DEV7", "dev7 ", " dev7", "dev7%2F", "dev7/..", "..", "*", "?", "dev?", "${iot:Connection.Thing.ThingName}", "ｄev7", "dev7\u200b", "\u202edev7", "__proto__",
        "dev7\\", "dev7;", "dev7?x", "+", "dev+", "#",
    ];

    private static readonly string[] s_tails =
    [
        "desk/x/get", "desk", "jobs/get", "jobs/$next/get", "jobs/start-next", "jobs/x/update", "jobs/notify-next", "streams/s/get/cbor", "streams/s/data/cbor", "shadow/update", "+", "#",
    ];

    private static List<string> Topics { get; } =
    [
        .. from root in s_roots from thing in s_things from tail in s_tails
        let topic = root + thing + "/" + tail
        where topic.Count(c => c == '/') - (topic.StartsWith("$share", StringComparison.Ordinal) ? 2 : 0) <= 7
        select topic,
        "$SYS/#", "$SYS/broker/uptime", "$aws/#", "$aws/events/#", "$aws/events/presence/connected/dev7", "$aws/rules/r/t", "$aws/certificates/create/json", "$aws/provisioning-templates/t/provision/json",
        "#", "+", "+/#", "/", "//", "+/+/+/+/+", "/#",
    ];

    [Fact]
    public async Task A14_nothing_outside_its_own_topics_is_published_or_subscribed()
    {
        var (door, asked) = (shared.Door, shared.Door.Desk.Accounts.Count);
        Assert.InRange(Topics.Count, 1900, 4000);
        await using var watcher = await door.ConnectPlain("watcher");
        await watcher.Subscribe("#", QoS.AtMostOnce);
        await watcher.Subscribe("$aws/things/#", QoS.AtMostOnce);
        await using var client = await door.Connect(await door.Register("dev7"), "dev7", ProtocolLevel.V5);
        var published = 0;
        foreach (var topic in Topics)
        {
            if (topic.IndexOfAny(['+', '#']) < 0 && topic.Count(c => c == '/') <= 7)
            {
                await client.Publish(topic, "x", QoS.AtLeastOnce);
                var ack = (await client.Next(PacketType.PubAck)).Ack;
                Assert.True(ack.Reason == ReasonCode.NotAuthorized, $"{topic}: {ack.Reason}");
                published++;
            }

            var code = await client.Subscribe(topic, QoS.AtLeastOnce);
            Assert.True(code >= ReasonCode.UnspecifiedError, $"{topic}: {code}");
        }

        Assert.InRange(published, 900, Topics.Count);
        await watcher.Ping();
        Assert.Equal(asked, door.Desk.Accounts.Count);
        Assert.Equal(ReasonCode.Success, await client.Subscribe("$aws/things/dev7/desk/+/get/accepted", QoS.AtMostOnce));
        await client.Publish("$aws/things/dev7/desk/x/get", "own");
        Assert.Equal("own", (await client.NextPublish()).Payload);
    }
}
