using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Conformance;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

/// <summary>Keep-alive, wills and deadlines, on a clock that only the test moves.</summary>
public sealed class TimeTests
{
    [Theory]
    [InlineData(60, 90)]
    [InlineData(10, 45)] // AWS raises it to 30 s.
    [InlineData(0, 1800)] // AWS: at most 1200 s.
    [InlineData(5000, 1800)]
    [Mqtt5("3.1.2-22")]
    public async Task A_silent_client_is_dropped_after_one_and_a_half_keep_alives_MQTT_3_1_2_24(ushort keepAlive, int seconds)
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Open(ProtocolLevel.V5);
        await client.Connect("d1", keepAlive: keepAlive);
        await under.Advance(TimeSpan.FromSeconds(seconds));
        await client.Ping();
        await under.Advance(TimeSpan.FromSeconds(seconds));
        Assert.True(under.Broker.IsConnected("d1"));
        await under.Advance(TimeSpan.FromSeconds(1));
        await client.ExpectDisconnect(ReasonCode.KeepAliveTimeout);
        await under.Host.Until("disconnected d1 KeepAliveTimeout");
    }

    [Fact]
    public async Task A_handler_that_takes_long_is_not_the_clients_silence()
    {
        await using var under = await BrokerUnderTest.Start();
        var work = new TaskCompletionSource<ReasonCode>();
        var begun = new TaskCompletionSource();
        under.Host.Handle = (IConnection _, in IncomingPublish _) =>
        {
            begun.SetResult();
            return new PublishHandling(Route: false, new(work.Task));
        };
        await using var client = await under.Connect("d1");
        await client.Publish("t", "x");
        await begun.Task;
        under.Time.Advance(TimeSpan.FromSeconds(1000));
        work.SetResult(ReasonCode.Success);
        await client.Ping();
    }

    [Fact]
    [Mqtt311("3.1.2-8", "3.14.4-3")]
    [Mqtt5("3.1.2-8", "3.14.4-3")]
    public async Task A_will_is_published_on_every_end_but_the_clients_own_MQTT_3_1_2_8()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var watcher = await under.Connect("w");
        await watcher.Subscribe("gone/+", QoS.AtLeastOnce);

        await using var polite = await WithWill(under, "polite");
        await polite.Disconnect();
        await polite.ExpectEnd();

        await using var lost = await WithWill(under, "lost");
        await lost.DisposeAsync();
        Assert.Equal("gone/lost", (await watcher.NextPublish()).Topic);

        await using var rude = await WithWill(under, "rude");
        await rude.Send(0x00, 0x00);
        Assert.Equal("gone/rude", (await watcher.NextPublish()).Topic);

        await using var ended = await WithWill(under, "ended");
        under.Broker.Disconnect(connection => connection.ClientId == "ended", ReasonCode.AdministrativeAction);
        Assert.Equal("gone/ended", (await watcher.NextPublish()).Topic);

        await using var first = await WithWill(under, "twice");
        await using var second = await WithWill(under, "twice");
        Assert.Equal("gone/twice", (await watcher.NextPublish()).Topic);

        await using var changed = await WithWill(under, "changed", ProtocolLevel.V5);
        await changed.Disconnect(ReasonCode.DisconnectWithWill);
        Assert.Equal("gone/changed", (await watcher.NextPublish()).Topic);
        await watcher.Ping();
    }

    [Fact]
    public async Task A_will_is_authorised_when_it_is_published_and_can_be_retained()
    {
        await using var under = await BrokerUnderTest.Start();
        under.Host.MayPublish = (_, topic) => topic == "gone/bad" ? PublishVerdict.Disconnect(ReasonCode.NotAuthorized) : PublishVerdict.Allow;
        await using (await WithWill(under, "bad"))
        {
        }

        await under.Host.Until("disconnected bad ConnectionLost");
        Assert.Equal(0, under.Broker.Count().Retained);
        await using (await WithWill(under, "good"))
        {
        }

        await under.Host.Until("disconnected good ConnectionLost");
        Assert.Equal(1, under.Broker.Count().Retained);
    }

    [Fact]
    [Mqtt5("3.1.3-9")]
    public async Task A_delayed_will_waits_and_is_forgotten_if_the_session_is_taken_up_MQTT_3_1_3_9()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var watcher = await under.Connect("w");
        await watcher.Subscribe("gone/+", QoS.AtMostOnce);
        var kept = new Properties { SessionExpirySeconds = 600 };
        await using (await WithWill(under, "d1", ProtocolLevel.V5, kept, delaySeconds: 30))
        {
        }

        await under.Host.Until("disconnected d1 ConnectionLost");
        await under.Advance(TimeSpan.FromSeconds(29));
        await watcher.Ping();
        await using (var again = await WithWill(under, "d1", ProtocolLevel.V5, kept, delaySeconds: 30, clean: false))
            await again.Ping();
        await under.Host.Until("disconnected d1 ConnectionLost");
        await under.Advance(TimeSpan.FromSeconds(29));
        await watcher.Ping();
        await under.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("gone/d1", (await watcher.NextPublish()).Topic);
        await watcher.Ping();
    }

    [Fact]
    public async Task A_delayed_will_comes_early_if_the_session_ends_early()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var watcher = await under.Connect("w");
        await watcher.Subscribe("gone/+", QoS.AtMostOnce);
        await using (await WithWill(under, "d1", ProtocolLevel.V5, delaySeconds: 30))
        {
        }

        Assert.Equal("gone/d1", (await watcher.NextPublish()).Topic);
    }

    [Fact]
    public async Task A_peer_that_never_finishes_CONNECT_is_closed_in_time()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var silent = await under.Open();
        await using var slow = await under.Open();
        await slow.Send(0x10, 0x0E, 0x00);
        await using var served = await under.Connect("d1");
        await under.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(3, under.Broker.Count().SocketsOpen);
        // Its time begins when it has been taken in, which on a busy machine may be after the first step.
        for (var i = 0; i < 5 && under.Broker.Count().SocketsOpen > 1; i++)
        {
            await under.Advance(TimeSpan.FromSeconds(1));
            await served.Ping();
        }

        await silent.ExpectEnd();
        await slow.ExpectEnd();
        await served.Ping();
    }

    private static async Task<RawClient> WithWill(
        BrokerUnderTest under,
        string clientId,
        ProtocolLevel level = ProtocolLevel.V311,
        Properties? properties = null,
        uint? delaySeconds = null,
        bool clean = true)
    {
        var client = await under.Open(level);
        var will = new Will($"gone/{clientId}", "bye"u8.ToArray(), QoS.AtLeastOnce, Retain: clientId is "good" or "bad")
        {
            Properties = delaySeconds is null ? null : new Properties { WillDelaySeconds = delaySeconds },
        };
        await client.Connect(clientId, clean, will: will, properties: properties);
        return client;
    }
}
