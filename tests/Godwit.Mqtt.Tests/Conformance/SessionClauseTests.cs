using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>Sessions (3.1.2.4, 3.1.2.11.2, 4.1) and wills (3.1.2.5, 3.1.3.2), with and without a restart between.</summary>
public sealed class SessionClauseTests
{
    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.2-4", "3.1.2-5", "3.1.3-2", "3.1.4-3", "3.2.2-1", "3.2.2-2", "3.2.2-3", "4.1.0-1", "4.5.0-1")]
    [Mqtt5("3.1.2-5", "3.1.2-6", "3.1.2-23", "3.1.3-2", "3.1.4-4", "3.2.2-2", "3.2.2-3", "4.1.0-1", "4.5.0-1")]
    public async Task A_session_is_taken_up_with_what_waited_in_it(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        var (client, present) = await under.Resume("d", level);
        Assert.False(present);
        await client.Subscribe("t", QoS.AtLeastOnce);
        await under.Lose(client, "d");
        Assert.Equal(0, under.Broker.Publish("t", "QoS 0 is not stored"u8.ToArray(), QoS.AtMostOnce, retain: false));
        under.Broker.Publish("t", "1"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        under.Broker.Publish("t", "2"u8.ToArray(), QoS.ExactlyOnce, retain: false);
        (client, present) = await under.Resume("d", level);
        Assert.True(present);
        Assert.Equal(("1", "2"), ((await client.Take()).Payload, (await client.Take()).Payload));
        under.Broker.Publish("t", "3"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        Assert.Equal("3", (await client.Take()).Payload);
        await client.Disconnect(); // The client's own end leaves it too.
        await client.ExpectEnd();
        await under.Host.Until("disconnected d ClientInitiated");
        (client, present) = await under.Resume("d", level);
        Assert.True(present);
        await using var other = await under.Keep("other", level);
        await other.Ping();
        await client.Ping();
        await client.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.2-6", "3.1.2-7", "3.2.2-1", "3.2.2-3")]
    [Mqtt5("3.1.2-4", "3.1.2-6", "3.2.2-2", "3.2.2-3")]
    public async Task A_clean_start_begins_with_nothing_and_leaves_retained_messages_alone(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        var client = await under.Keep("d", level);
        await client.Subscribe("t", QoS.AtLeastOnce);
        await client.PublishFully("kept", "x", QoS.AtLeastOnce, retain: true);
        await under.Lose(client, "d");
        under.Broker.Publish("t", "waits"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        client = await under.Open(level);
        Assert.False((await client.Connect("d")).SessionPresent);
        await client.Ping();
        Assert.Equal(0, under.Broker.Publish("t", "x"u8.ToArray(), QoS.AtLeastOnce, retain: false));
        await client.Subscribe("t", QoS.AtLeastOnce);
        await under.Lose(client, "d"); // And is not there the next time.
        (client, var present) = await under.Resume("d", level);
        Assert.False(present);
        Assert.Equal(1, under.Broker.Count().Retained);
        await client.DisposeAsync();
    }

    [Fact]
    [Mqtt5("3.1.2-4", "3.1.2-6", "3.1.2-23")]
    public async Task Clean_start_1_with_an_expiry_begins_a_session_that_stays()
    {
        await using var under = await Profiles.Start();
        var client = await under.Connect("d", ProtocolLevel.V5, clean: true, new Properties { SessionExpirySeconds = 600 });
        await client.Subscribe("t", QoS.AtLeastOnce);
        await under.Lose(client, "d");
        (client, var present) = await under.Resume("d", ProtocolLevel.V5);
        Assert.True(present);
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData(0u, 0)]
    [InlineData(100u, 100)]
    [InlineData(uint.MaxValue, 600)]
    [Mqtt311("4.1.0-2")]
    [Mqtt5("3.1.2-23", "4.1.0-1", "4.1.0-2")]
    public async Task A_session_ends_when_its_expiry_has_passed_without_a_connection_and_not_before(uint? asked, int seconds)
    {
        await using var under = await Profiles.Start(change: options => options with { Profile = options.Profile with { SessionExpiryMax = TimeSpan.FromMinutes(10) } });
        var client = await under.Open(ProtocolLevel.V5);
        var answer = await client.Connect("d", keepAlive: 0, properties: new Properties { SessionExpirySeconds = asked });
        Assert.Equal((uint?)seconds == (asked ?? 0) ? null : (uint)seconds, answer.Properties!.SessionExpirySeconds);
        await under.Advance(TimeSpan.FromMinutes(15));
        await client.Ping();
        Assert.Equal(1, under.Broker.Count().Sessions);
        await under.Lose(client, "d");
        if (seconds > 0)
        {
            Assert.Equal(1, under.Broker.Count().Sessions);
            await under.Advance(TimeSpan.FromSeconds(seconds));
        }

        Assert.Equal(0, under.Broker.Count().Sessions);
    }

    [Theory]
    [InlineData(600u, 0u, 0)]
    [InlineData(600u, 60u, 60)]
    [InlineData(60u, 600u, 600)]
    [InlineData(0u, 0u, 0)]
    [InlineData(null, 5u, -1)]
    [InlineData(0u, 5u, -1)]
    [Mqtt5("3.14.2-1", "4.1.0-2", "4.13.1-1")]
    public async Task DISCONNECT_may_change_an_expiry_and_not_give_one_to_a_session_that_had_none(uint? asked, uint changed, int seconds)
    {
        await using var under = await Profiles.Start();
        await using var client = await under.Connect("d", ProtocolLevel.V5, properties: new Properties { SessionExpirySeconds = asked });
        await client.Disconnect(properties: new Properties { SessionExpirySeconds = changed });
        if (seconds < 0)
        {
            await client.ExpectDisconnect(ReasonCode.ProtocolError);
            return;
        }

        await client.ExpectEnd();
        await under.Host.Until("disconnected d ClientInitiated");
        for (var passed = 0; passed < seconds; passed += 60)
        {
            Assert.Equal(1, under.Broker.Count().Sessions);
            await under.Advance(TimeSpan.FromSeconds(60));
        }

        Assert.Equal(0, under.Broker.Count().Sessions);
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("3.1.2-8", "3.1.2-10", "3.1.2-12", "3.14.4-3", "3.14.4-1", "3.14.4-2")]
    [Mqtt5("3.1.2-7", "3.1.2-8", "3.1.2-10", "3.14.4-1", "3.14.4-2", "3.14.4-3")]
    public async Task A_will_is_published_once_and_not_after_DISCONNECT(string profile, ProtocolLevel level)
    {
        await using var under = await Profiles.Start(profile);
        await using var watcher = await under.Connect("w");
        await watcher.Subscribe("#", QoS.AtLeastOnce);
        foreach (var (with, disconnects) in new[] { (true, true), (true, false), (false, false) })
        {
            var client = await under.Open(level);
            await client.Connect("d", will: with ? new Will("gone", "x"u8.ToArray(), QoS.AtLeastOnce, Retain: false) : null);
            if (disconnects)
            {
                await client.Send([.. Raw.Hex("E000"), .. Raw.Packet(0x30, Raw.Text("after"), Raw.Properties(level))]); // What comes behind is not heard.
                await client.ExpectEnd();
                await under.Host.Until("disconnected d ClientInitiated");
            }
            else
            {
                await under.Lose(client, "d");
            }

            if (with && !disconnects)
                Assert.Equal(("gone", QoS.AtLeastOnce), (await watcher.Take()) is var message ? (message.Topic, message.QoS) : default);
            await watcher.Ping();
            await client.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(ReasonCode.DisconnectWithWill)]
    [InlineData(ReasonCode.UnspecifiedError)]
    [InlineData(ReasonCode.AdministrativeAction)]
    [Mqtt5("3.1.2-8", "3.14.2-1")]
    public async Task DISCONNECT_with_another_code_leaves_the_will_to_be_published(ReasonCode reason)
    {
        await using var under = await Profiles.Start();
        await using var watcher = await under.Connect("w");
        await watcher.Subscribe("gone", QoS.AtMostOnce);
        await using var client = await under.Open(ProtocolLevel.V5);
        await client.Connect("d", will: new Will("gone", [], QoS.AtMostOnce, Retain: false));
        await client.Disconnect(reason);
        await client.ExpectEnd();
        await watcher.NextPublish();
    }

    [Theory]
    [InlineData(30, 600, 30)] // after its delay
    [InlineData(600, 30, 30)] // or with the session, if that ends first
    [InlineData(30, 0, 0)]
    [InlineData(0, 600, 0)]
    [Mqtt5("3.1.2-8", "3.1.2-10")]
    public async Task A_will_waits_for_its_delay_or_the_end_of_the_session(uint delay, uint expiry, int seconds)
    {
        await using var under = await Profiles.Start();
        await using var watcher = await under.Open();
        await watcher.Connect("w", keepAlive: 0);
        await watcher.Subscribe("gone", QoS.AtMostOnce);
        await under.Lose(await WithWill(under, delay, expiry), "d");
        if (seconds > 0)
        {
            await under.Advance(TimeSpan.FromSeconds(seconds - 1));
            await watcher.Ping();
            await under.Advance(TimeSpan.FromSeconds(1));
        }

        await watcher.NextPublish();
        await under.Advance(TimeSpan.FromSeconds(1000));
        await watcher.Ping();
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    [Mqtt5("3.1.3-9", "3.1.2-8", "3.1.2-10")]
    public async Task A_client_that_is_back_in_time_takes_its_will_back_unless_it_ends_the_session(bool clean, int published)
    {
        await using var under = await Profiles.Start();
        await using var watcher = await under.Open();
        await watcher.Connect("w", keepAlive: 0);
        await watcher.Subscribe("gone", QoS.AtMostOnce);
        var first = await WithWill(under, 30, 600); // Taken over while it is connected, then lost.
        await using (var second = await under.Open(ProtocolLevel.V5))
        {
            await second.Connect("d", clean: false, will: new Will("gone", [2], QoS.AtMostOnce, Retain: false) { Properties = new Properties { WillDelaySeconds = 30 } },
                properties: new Properties { SessionExpirySeconds = 600 });
            await first.ExpectDisconnect(ReasonCode.SessionTakenOver);
        }

        await under.Host.Until("disconnected d ConnectionLost");
        await using var third = await under.Connect("d", ProtocolLevel.V5, clean);
        if (published > 0)
            Assert.Equal([2], (await watcher.NextPublish()).Bytes);
        await under.Advance(TimeSpan.FromSeconds(60));
        await watcher.Ping();
        await first.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(100)]
    [Mqtt5("3.1.2-7", "3.1.2-8", "4.1.0-1")]
    public async Task A_will_that_waits_survives_a_restart(int secondsAway)
    {
        var journal = new TestJournal();
        await using (var before = await Profiles.Start(journal: journal))
        {
            await (await before.Keep("w", ProtocolLevel.V5)).Subscribe("gone", QoS.AtLeastOnce);
            await before.Lose(await WithWill(before, 60, 600, "x"), "d");
            Assert.Contains("will", journal.Told);
        }

        await using var after = await Profiles.Start(journal: journal);
        if (secondsAway > 0)
            await after.Advance(TimeSpan.FromSeconds(secondsAway));
        var (watcher, _) = await after.Resume("w", ProtocolLevel.V5);
        if (secondsAway < 60)
        {
            await watcher.Ping();
            await after.Advance(TimeSpan.FromSeconds(60 - secondsAway));
        }

        var message = await watcher.Take();
        Assert.Equal(("x", "text", 30u), (message.Payload, message.Properties!.ContentType, message.Properties.MessageExpirySeconds));
        await watcher.Ping();
        await watcher.DisposeAsync();
        Assert.Equal("will over", journal.Told.Last(told => told.StartsWith("will", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Mqtt5("3.1.2-7", "3.1.2-8", "3.1.3-9", "4.1.0-1")]
    public async Task The_will_of_a_client_that_was_connected_when_the_process_was_killed_comes_after_the_restart(bool back)
    {
        var killed = new TestJournal();
        await using var before = await Profiles.Start(journal: killed);
        await (await before.Keep("w", ProtocolLevel.V5)).Subscribe("gone", QoS.AtLeastOnce);
        await WithWill(before, 5, 600);
        await WithWill(before, 5, 600, clientId: "no more");
        await (await before.Open(ProtocolLevel.V5)).Connect("no more", clean: false, properties: new Properties { SessionExpirySeconds = 600 });

        // What the journal has at this moment is all that is left of the process.
        await using var after = await Profiles.Start(journal: killed.Copy());
        await using var watcher = (await after.Resume("w", ProtocolLevel.V5)).Client;
        await using var client = back ? (await after.Resume("d", ProtocolLevel.V5)).Client : null;
        await after.Advance(TimeSpan.FromSeconds(5));
        if (!back)
            Assert.Equal("gone", (await watcher.Take()).Topic);
        await watcher.Ping();
    }

    [Theory]
    [MemberData(nameof(Profiles.Everywhere), MemberType = typeof(Profiles))]
    [Mqtt311("4.1.0-1", "3.1.2-4", "3.3.1-5", "4.4.0-1")]
    [Mqtt5("4.1.0-1", "3.1.2-23", "3.3.1-5", "4.4.0-1")]
    public async Task Sessions_with_what_waits_and_is_under_way_and_retained_messages_survive_a_kill(string profile, ProtocolLevel level)
    {
        var journal = new TestJournal();
        var highest = profile == Profiles.Aws ? QoS.AtLeastOnce : QoS.ExactlyOnce;
        await using var before = await Profiles.Start(profile, options => options with { Profile = options.Profile with { ReceiveMaximum = 2 } }, journal);
        var client = await before.Keep("d", level);
        await client.Subscribe("t", highest);
        await using var writer = await before.Keep("w", level);
        for (var i = 0; i < 4; i++)
            await writer.PublishFully("t", $"{i}", highest, retain: i == 3);
        if (highest == QoS.ExactlyOnce)
        {
            await writer.Publish("t", "4", highest, packetId: 9);
            await writer.Next(PacketType.PubRec);
        }

        var (first, second) = (await client.NextPublish(), await client.NextPublish());
        await client.Ping();

        await using var after = await Profiles.Start(profile, journal: journal.Copy());
        var (back, present) = await after.Resume("d", level);
        Assert.True(present);
        (string, bool)[] waiting = [("0", true), ("1", true), ("2", false), ("3", false), ("4", false)];
        foreach (var (payload, dup) in waiting[..(highest == QoS.ExactlyOnce ? 5 : 4)])
        {
            var message = await back.NextPublish();
            Assert.Equal((payload, dup), (message.Payload, message.Dup));
            if (dup)
                Assert.Equal(payload == "0" ? first.PacketId : second.PacketId, message.PacketId);
        }

        if (highest == QoS.ExactlyOnce)
        {
            var (again, _) = await after.Resume("w", level);
            await again.Send(Raw.Packet(0x3C, Raw.Text("t"), Raw.Number(9), Raw.Properties(level), Raw.Utf8("4")));
            await again.Acknowledged(highest, 9); // Taken before the kill, and delivered then.
            await again.DisposeAsync();
        }

        await back.Ping();
        await back.Subscribe("t", QoS.AtMostOnce);
        Assert.Equal(("3", true), (await back.NextPublish()) is var retained ? (retained.Payload, retained.Retain) : default);
        await back.DisposeAsync();
    }

    private static async Task<RawClient> WithWill(BrokerUnderTest under, uint delay, uint expiry, string payload = "", string clientId = "d")
    {
        var client = await under.Open(ProtocolLevel.V5);
        var will = new Will("gone", Raw.Utf8(payload), QoS.AtLeastOnce, Retain: false)
        {
            Properties = new Properties { WillDelaySeconds = delay, ContentType = "text", MessageExpirySeconds = 30 },
        };
        await client.Connect(clientId, clean: false, keepAlive: 0, will: will, properties: new Properties { SessionExpirySeconds = expiry });
        return client;
    }
}
