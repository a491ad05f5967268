using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Server.Placement;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>Sessions, what waits in them, and retained messages outlive the service: after a stop, and after a kill.</summary>
public sealed class KeptSessionTests
{
    private const string Account = DeviceDoorUnderTest.Account;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    public async Task A_device_that_was_away_gets_what_it_missed_after_a_restart(ProtocolLevel level)
    {
        var expiry = level == ProtocolLevel.V5 ? new Properties { SessionExpirySeconds = 3600 } : null;
        await using var server = await TestServer.Start(configure: Plain);
        await using (var device = await Connect(server, "d1", level, expiry))
        {
            await device.Subscribe("news/#", QoS.AtLeastOnce);
            await device.Disconnect();
            await device.ExpectEnd();
        }
        await using (var publisher = await Connect(server, "p"))
            for (ushort i = 1; i <= 20; i++)
            {
                await publisher.Publish("news/x", $"{i}", QoS.AtLeastOnce, packetId: i);
                await publisher.Next(PacketType.PubAck);
            }
        server.Get<IDeviceLink>().Publish(Account, "news/y", "service"u8.ToArray(), 1);

        await server.Restart(Plain);

        await using var back = await Connect(server, "d1", level, expiry, present: true);
        for (var i = 1; i <= 20; i++)
            await Take(back, $"{i}");
        await Take(back, "service");
        await back.Ping();
    }

    [Fact]
    public async Task Retained_messages_are_there_after_a_restart()
    {
        await using var server = await TestServer.Start(configure: Plain);
        await using (var publisher = await Connect(server, "p"))
            for (ushort i = 1; i <= 3; i++)
            {
                await publisher.Publish("state", $"{i}", QoS.AtLeastOnce, packetId: i, retain: true);
                await publisher.Next(PacketType.PubAck);
            }

        await server.Restart(Plain);

        await using var reader = await Connect(server, "d1");
        await reader.Subscribe("state", QoS.AtMostOnce);
        var message = await reader.NextPublish();
        Assert.Equal(("3", true), (message.Payload, message.Retain));

        // Taken up again, it can wait in a kept session like any other.
        await using (var later = await Connect(server, "d2", clean: false))
        {
            await later.Subscribe("state", QoS.AtLeastOnce);
            await later.NextPublish();
        }
        await server.Restart(Plain);
        await using var back = await Connect(server, "d2", clean: false, present: true);
        message = await back.NextPublish();
        Assert.Equal(("3", true), (message.Payload, message.Dup));
    }

    [Fact]
    public async Task What_was_acknowledged_is_on_disk_when_the_acknowledgement_comes()
    {
        await using var server = await TestServer.Start(configure: Plain);
        await using (var device = await Connect(server, "d1", clean: false))
        {
            await device.Subscribe("t", QoS.AtLeastOnce);
            Assert.Equal(1L, await Count(server, "mqtt_subscription"));
        }
        await using var publisher = await Connect(server, "p");
        for (ushort i = 1; i <= 5; i++)
        {
            await publisher.Publish("t", $"{i}", QoS.AtLeastOnce, packetId: i);
            await publisher.Next(PacketType.PubAck);
            Assert.Equal(i, await Count(server, "mqtt_delivery"));
        }
        await publisher.Publish("kept", "x", QoS.AtLeastOnce, packetId: 9, retain: true);
        await publisher.Next(PacketType.PubAck);
        Assert.Equal(1L, await Count(server, "mqtt_retained"));
    }

    [Fact]
    public async Task Nothing_is_left_of_a_session_that_ended()
    {
        await using var server = await TestServer.Start(configure: Plain);
        foreach (var id in new[] { "d1", "d2" })
            await using (var device = await Connect(server, id, clean: false))
                await device.Subscribe("t", QoS.AtLeastOnce);
        await using (var publisher = await Connect(server, "p"))
        {
            await publisher.Publish("t", "x", QoS.AtLeastOnce);
            await publisher.Next(PacketType.PubAck);
        }
        Assert.Equal(2L, await Count(server, "mqtt_delivery"));
        Assert.Equal(1L, await Count(server, "mqtt_message"));

        await using (var back = await Connect(server, "d1", clean: false, present: true))
        {
            await Take(back, "x");
            await back.Ping();
        }
        await using (await Connect(server, "d2"))
            await server.Restart(Plain);

        foreach (var table in new[] { "mqtt_delivery", "mqtt_message", "mqtt_received" })
            Assert.Equal(0L, await Count(server, table));
        Assert.Equal(1L, await Count(server, "mqtt_session"));
        Assert.Equal(1L, await Count(server, "mqtt_subscription"));
    }

    [Fact]
    public async Task A_will_that_waits_for_its_delay_is_there_after_a_restart_and_its_row_goes_with_it()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.Start(time, Plain);
        var kept = new Properties { SessionExpirySeconds = 3600 };
        await using (var watcher = await Connect(server, "w", ProtocolLevel.V5, kept))
            await watcher.Subscribe("gone/#", QoS.AtLeastOnce);
        await using (var lost = await Open(server, ProtocolLevel.V5))
        {
            var will = new Will("gone/d2", "bye"u8.ToArray(), QoS.AtLeastOnce, Retain: true) { Properties = new Properties { WillDelaySeconds = 60, ContentType = "text" } };
            await lost.Connect("d2", will: will, properties: kept);
            await lost.Subscribe("t", QoS.AtMostOnce); // Answered when it is written, and the will before it.
            Assert.Equal(1L, await Count(server, "mqtt_will"));
        }

        await server.Restart(Plain);
        await using var back = await Open(server, ProtocolLevel.V5);
        Assert.True((await back.Connect("w", clean: false, properties: kept)).SessionPresent);
        await back.Ping();
        time.Advance(TimeSpan.FromSeconds(61));

        var message = await back.NextPublish();
        Assert.Equal(("gone/d2", "bye", "text"), (message.Topic, message.Payload, message.Properties!.ContentType));
        await back.PubAck(message.PacketId);
        await back.Subscribe("gone/d2", QoS.AtMostOnce);
        Assert.True((await back.NextPublish()).Retain);
        Assert.Equal(0L, await Count(server, "mqtt_will"));
    }

    private static ServerOptions Plain(ServerOptions options) => options with { MqttPlainPort = 0 };

    private static async Task<RawClient> Connect(
        TestServer server, string id, ProtocolLevel level = ProtocolLevel.V311, Properties? properties = null, bool clean = true, bool present = false)
    {
        var client = await Open(server, level);
        var answer = await client.Connect(id, clean && id != "d1", properties: properties);
        Assert.Equal((0, present), (answer.Code, answer.SessionPresent));
        return client;
    }

    private static Task<RawClient> Open(TestServer server, ProtocolLevel level) =>
        RawClient.Open(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, server.Endpoints.MqttPlainPort!.Value), level);

    private static async Task Take(RawClient client, string payload)
    {
        var message = await client.NextPublish();
        Assert.Equal(payload, message.Payload);
        await client.PubAck(message.PacketId);
    }

    private static Task<long> Count(TestServer server, string table) =>
        server.Get<Database>().Read(session => session.First<long>($"SELECT COUNT(*) FROM {table}"), Ct);
}
