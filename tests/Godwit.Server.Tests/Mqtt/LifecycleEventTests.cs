using System.Text.Json;
using System.Text.RegularExpressions;
using Godwit.Core;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Server.Certificates;
using Godwit.Server.Placement;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>Lifecycle events as AWS sends them: topics, members, reasons, order.</summary>
public sealed class LifecycleEventTests
{
    private const string Account = DeviceDoorUnderTest.Account;

    [Fact]
    public async Task A_connection_is_told_from_its_beginning_to_its_end()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await using var watcher = await Watch(door, "$aws/events/#");
        var certificate = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);

        await using (var device = await door.Connect(certificate, "dev7"))
        {
            var connected = await Next(watcher, "$aws/events/presence/connected/dev7");
            Assert.Equal(["clientId", "timestamp", "eventType", "sessionIdentifier", "principalIdentifier", "ipAddress", "versionNumber"], Members(connected));
            Assert.Equal(("dev7", "connected", certificate.Id, "127.0.0.1", 0), (
                connected.GetProperty("clientId").GetString(), connected.GetProperty("eventType").GetString(), connected.GetProperty("principalIdentifier").GetString(),
                connected.GetProperty("ipAddress").GetString(), connected.GetProperty("versionNumber").GetInt64()));
            Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - connected.GetProperty("timestamp").GetInt64(), -1000, 60_000);
            var session = connected.GetProperty("sessionIdentifier").GetString()!;
            Assert.Matches(new Regex("^[0-9a-f]{32}$"), session);

            await device.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V311, new SubscribePacket(3, [new("a/b", QoS.AtMostOnce), new("c/#", QoS.AtMostOnce)])));
            var subscribed = await Next(watcher, "$aws/events/subscriptions/subscribed/dev7");
            Assert.Equal(["clientId", "timestamp", "eventType", "sessionIdentifier", "principalIdentifier", "topics"], Members(subscribed));
            Assert.Equal(["a/b", "c/#"], subscribed.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString()));
            Assert.Equal(session, subscribed.GetProperty("sessionIdentifier").GetString());

            await device.Send(output => PacketWriter.Unsubscribe(output, ProtocolLevel.V311, new UnsubscribePacket(4, ["a/b"])));
            var unsubscribed = await Next(watcher, "$aws/events/subscriptions/unsubscribed/dev7");
            Assert.Equal(["a/b"], unsubscribed.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString()));

            await device.Disconnect();
            var disconnected = await Next(watcher, "$aws/events/presence/disconnected/dev7");
            Assert.Equal(
                ["clientId", "timestamp", "eventType", "clientInitiatedDisconnect", "sessionIdentifier", "principalIdentifier", "disconnectReason", "versionNumber"],
                Members(disconnected));
            Assert.Equal((true, "CLIENT_INITIATED_DISCONNECT", 0L, session), (
                disconnected.GetProperty("clientInitiatedDisconnect").GetBoolean(), disconnected.GetProperty("disconnectReason").GetString(),
                disconnected.GetProperty("versionNumber").GetInt64(), disconnected.GetProperty("sessionIdentifier").GetString()));
        }

        await using var again = await door.Connect(certificate, "dev7");
        Assert.Equal(1, (await Next(watcher, "$aws/events/presence/connected/dev7")).GetProperty("versionNumber").GetInt64());
    }

    [Fact]
    public async Task Each_end_has_its_reason()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var door = await DeviceDoorUnderTest.Open(time: time);
        await using var watcher = await Watch(door, "$aws/events/presence/disconnected/+");
        var certificate = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);

        await using (await door.Connect(certificate, "lost"))
        {
        }
        await Reason(watcher, "lost", "CONNECTION_LOST");

        await using var first = await door.Connect(certificate, "twice");
        await using var second = await door.Connect(certificate, "twice");
        await Reason(watcher, "twice", "DUPLICATE_CLIENTID");

        await using var wrong = await door.Connect(certificate, "wrong");
        await wrong.Send(0xFF, 0);
        await Reason(watcher, "wrong", "CLIENT_ERROR");

        var narrow = await door.Register("dev8");
        await using var forbidden = await door.Connect(narrow, "dev8");
        await forbidden.Publish("not/mine", "x");
        await Reason(watcher, "dev8", "AUTH_ERROR");

        await using var ended = await door.Connect(certificate, "ended");
        door.Link.Disconnect(Account, certificate.Id, "test");
        var reasons = new[] { await NextAny(watcher), await NextAny(watcher) };
        Assert.All(reasons, reason => Assert.Equal("API_INITIATED_DISCONNECT", reason.GetProperty("disconnectReason").GetString()));

        await using var inactive = await door.Connect(certificate, "inactive");
        await door.SetStatus(certificate, "INACTIVE");
        await Reason(watcher, "inactive", "AUTH_ERROR");
    }

    [Fact]
    public async Task Silence_beyond_the_keep_alive_has_its_reason_too()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var door = await DeviceDoorUnderTest.Open(time: time);
        await using var watcher = await Watch(door, "$aws/events/presence/disconnected/+", keepAlive: 1200);
        await using var quiet = await door.Dial(await door.Register("dev7", DeviceDoorUnderTest.WidePolicy));
        await quiet.Connect("quiet", keepAlive: 30);
        // The silence begins when CONNECT has been dealt with, which may be after its answer has come; behind a second round trip it has.
        await quiet.Ping();
        for (var i = 0; i < 45; i++)
        {
            // The watcher's round trip lets the door come to rest: a jump while it writes would look like a stall.
            time.Advance(TimeSpan.FromSeconds(1));
            await watcher.Ping();
        }
        time.Advance(TimeSpan.FromSeconds(1));
        await Reason(watcher, "quiet", "MQTT_KEEP_ALIVE_TIMEOUT");
    }

    [Fact]
    public async Task Who_may_not_connect_is_told_of_and_who_is_unknown_is_not()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await using var watcher = await Watch(door, "$aws/events/#");
        await using (var unknown = await door.Dial(door.MakeDevice()))
        {
            await unknown.SendConnect("nobody");
            await unknown.ExpectEnd();
        }
        var certificate = await door.Register("dev7");
        await using (var denied = await door.Dial(certificate))
        {
            await denied.SendConnect("someone-else");
            await denied.ExpectEnd();
        }
        var failed = await Next(watcher, "$aws/events/presence/connect_failed/someone-else");
        Assert.Equal((certificate.Id, "connect_failed"), (failed.GetProperty("principalIdentifier").GetString(), failed.GetProperty("eventType").GetString()));
    }

    [Fact]
    public async Task Only_an_exclusive_attachment_says_which_thing_it_is()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await using var watcher = await Watch(door, "$aws/events/presence/connected/+");
        var certificate = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        var user = Registrar.UserOf(Account);
        await door.Registrar.Do<AttachThingPrincipal, AttachThingPrincipal.Request, Nothing>(
            user, new() { ThingName = "dev7", Principal = user.IotArn("cert/" + certificate.Id), ThingPrincipalType = "EXCLUSIVE_THING" });
        await using var device = await door.Connect(certificate, "client-1");
        Assert.Equal("dev7", (await NextAny(watcher)).GetProperty("thingName").GetString());
    }

    [Fact]
    public async Task A_client_id_with_a_wildcard_gets_no_events()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await using var watcher = await Watch(door, "$aws/events/#");
        var certificate = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using (await door.Connect(certificate, "a+b"))
        {
        }
        await using var other = await door.Connect(certificate, "plain");
        await Next(watcher, "$aws/events/presence/connected/plain");
    }

    private static async Task<RawClient> Watch(DeviceDoorUnderTest door, string filter, ushort keepAlive = 60)
    {
        var watcher = await door.Dial(await door.Register("watcher", DeviceDoorUnderTest.WidePolicy));
        await watcher.Connect("watcher", keepAlive: keepAlive);
        await watcher.Subscribe(filter, QoS.AtMostOnce);
        if (filter.EndsWith('#'))
            await Next(watcher, "$aws/events/subscriptions/subscribed/watcher");
        return watcher;
    }

    private static async Task Reason(RawClient watcher, string clientId, string reason)
    {
        var left = await Next(watcher, "$aws/events/presence/disconnected/" + clientId);
        Assert.Equal((reason, reason == "CLIENT_INITIATED_DISCONNECT"), (left.GetProperty("disconnectReason").GetString(), left.GetProperty("clientInitiatedDisconnect").GetBoolean()));
    }

    private static async Task<JsonElement> Next(RawClient watcher, string topic)
    {
        var message = await watcher.NextPublish();
        Assert.Equal(topic, message.Topic);
        return JsonDocument.Parse(message.Bytes).RootElement;
    }

    private static async Task<JsonElement> NextAny(RawClient watcher) => JsonDocument.Parse((await watcher.NextPublish()).Bytes).RootElement;

    private static IEnumerable<string> Members(JsonElement told) => told.EnumerateObject().Select(member => member.Name);
}
