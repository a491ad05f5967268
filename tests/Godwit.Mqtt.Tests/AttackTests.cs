using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

/// <summary>
/// Many hostile peers at once, while a good client goes on: what they can make the broker hold is bounded, they end in time, and nobody else loses anything.
/// A17 comes before CONNECT, A18 behind it; F10 is peers that are merely sick. <c>./test soak --sockets N</c> does A17 and F10 to the running service with many more.
/// </summary>
[Collection(nameof(Alone))] // Memory is measured for the whole process.
public sealed class AttackTests
{
    private const int Peers = 200;

    /// <summary>No CONNECT of 7,999 bytes ends here, and no hello.</summary>
    private const string MostOfConnect = "10BF3E00044D5154540402003C1F3000", HalfHello = "16030100F8010000F40303";

    /// <summary>A real one but for its last byte.</summary>
    private const string AlmostHello = "almost";

    [Theory]
    [InlineData("plain", "")]
    [InlineData("plain", "10")]
    [InlineData("plain", "10FF")]
    [InlineData("plain", MostOfConnect)]
    [InlineData("tls", "")]
    [InlineData("tls", "16")]
    [InlineData("tls", HalfHello)]
    [InlineData("tls", AlmostHello)]
    public async Task A17_peers_that_never_finish_their_CONNECT_hold_little_and_end_in_time(string listener, string sent)
    {
        await using var under = await Start();
        await using var good = await under.Connect("good");
        await using var crowd = new Crowd();
        var bytes = sent == AlmostHello ? ClientHellos.Of(SslProtocols.Tls13)[..^1] : Convert.FromHexString(sent);
        await crowd.Dial(under, listener, 20, bytes, good);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await crowd.Dial(under, listener, Peers - 20, bytes, good);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (Peers - 20);

        // Both ends live in this process.
        Assert.InRange(each, 0, 6 * 1024);
        for (var i = 0; i < 12 && under.Broker.Count().SocketsOpen > 1; i++)
        {
            await under.Advance(TimeSpan.FromSeconds(6));
            await good.Ping();
        }

        await under.Until(count => count.SocketsOpen == 1);
        Assert.Equal(1, under.Broker.Count().Connected);
        await crowd.AllEnded();
    }

    [Fact]
    public async Task A17_a_CONNECT_that_comes_byte_by_byte_gets_no_more_time_than_another()
    {
        await using var under = await Start();
        await using var good = await under.Connect("good");
        await using var crowd = new Crowd();
        await crowd.Dial(under, "plain", 50, [], good);
        foreach (var octet in Convert.FromHexString(MostOfConnect)[..5])
        {
            await crowd.Send([octet]);
            await under.Advance(TimeSpan.FromSeconds(1));
            await good.Ping();
        }

        await under.Advance(TimeSpan.FromSeconds(1));
        await crowd.AllEnded();
        await good.Ping();
    }

    [Theory]
    [InlineData("100C00044D5154540402003C00FF")] // A client id that ends behind the packet.
    [InlineData("100CFFFF4D5154540402003C0000")] // A protocol's name of 65,535 bytes.
    [InlineData("100D00044D5154540502003CFF7F0000")] // More properties than the packet has bytes.
    [InlineData("100E00044D51545405C2003C00000000")] // User name and password that are not there.
    [InlineData("1000")]
    [InlineData("20020000")] // What only servers send.
    public async Task A17_lengths_that_lie_end_the_connection_and_nothing_else(string sent)
    {
        await using var under = await Start();
        await using var good = await under.Connect("good");
        await using var crowd = new Crowd();
        await crowd.Dial(under, "plain", Peers, Convert.FromHexString(sent), good);
        await crowd.AllEnded();
        await good.Ping();
    }

    [Fact]
    public async Task A18_a_packet_that_is_announced_and_does_not_come_takes_no_room()
    {
        await using var under = await Start();
        await using var good = await under.Connect("good");
        var liars = new List<RawClient>();
        for (var i = 0; i < Peers; i++)
            liars.Add(await under.Connect($"liar{i}"));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var liar in liars)
            await liar.Send(0x32, 0x80, 0x80, 0x08, 0x00, 0x01, 0x74); // 131,072 bytes more, it says.
        await under.Until(count => count.BytesIn >= Peers * 7);
        Assert.InRange((GC.GetTotalMemory(forceFullCollection: true) - before) / Peers, 0, 16 * 1024);
        await good.Ping();
        foreach (var liar in liars)
            await liar.DisposeAsync();
    }

    [Fact]
    public async Task A18_a_flood_of_publishes_is_cut_down_to_the_rate_and_others_lose_nothing()
    {
        await using var under = await Start(options => options with { Rates = RateLimits.Aws });
        await using var watcher = await under.Connect("watcher");
        await watcher.Subscribe("#", QoS.AtMostOnce);
        await using var good = await under.Connect("good");
        await using var flood = await under.Connect("flood");
        for (var i = 0; i < 1000; i++)
        {
            await flood.Publish("flood", "x");
            if (i % 20 == 0)
                await good.Publish("good", $"{i}");
        }

        await flood.Ping();
        await good.Ping();
        var seen = new Dictionary<string, int>();
        for (var i = 0; i < 150; i++)
        {
            var topic = (await watcher.NextPublish()).Topic;
            seen[topic] = seen.GetValueOrDefault(topic) + 1;
        }

        await watcher.Ping();
        Assert.Equal((100, 50, 900L), (seen["flood"], seen["good"], under.Broker.Count().Throttled));
    }

    [Fact]
    public async Task A18_ten_thousand_subscriptions_of_one_connection_are_fifty()
    {
        await using var under = await Start();
        await using var good = await under.Connect("good");
        await good.Subscribe("t", QoS.AtMostOnce);
        await using var bomb = await under.Connect("bomb");
        var granted = 0;
        for (var i = 0; i < 10_000; i += 8)
        {
            var packet = new SubscribePacket(7, [.. Enumerable.Range(i, 8).Select(n => new SubscribeFilter($"+/{n}/#", QoS.AtMostOnce))]);
            await bomb.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V311, packet));
            granted += (await bomb.Next(PacketType.SubAck)).SubAck.Codes.Count(code => code == ReasonCode.Success);
        }

        Assert.Equal((50, 51L), (granted, under.Broker.Count().Subscriptions));
        await good.Publish("t", "x");
        Assert.Equal("x", (await good.NextPublish()).Payload);
    }

    [Fact]
    public async Task A18_wildcards_that_cross_bring_a_message_once_to_each()
    {
        // Every way to write a/a/a/a/a/a/a/a with a + in place of some levels, by as many sessions as it takes.
        await using var under = await Start();
        await using var good = await under.Connect("good");
        var bombs = new List<RawClient>();
        var filters = Enumerable.Range(0, 256).Select(bits => string.Join('/', Enumerable.Range(0, 8).Select(level => (bits >> level & 1) == 0 ? "a" : "+"))).ToList();
        for (var i = 0; i < 6; i++)
        {
            var bomb = await under.Connect($"bomb{i}");
            foreach (var eight in filters.Skip(i * 48).Take(48).Chunk(8))
            {
                await bomb.Send(output => PacketWriter.Subscribe(output, ProtocolLevel.V311, new SubscribePacket(7, [.. eight.Select(filter => new SubscribeFilter(filter, QoS.AtMostOnce))])));
                await bomb.Next(PacketType.SubAck);
            }

            bombs.Add(bomb);
        }

        Assert.Equal(256, under.Broker.Count().Subscriptions);
        for (var i = 0; i < 100; i++)
            await good.Publish("a/a/a/a/a/a/a/a", $"{i}");
        foreach (var bomb in bombs)
        {
            for (var i = 0; i < 100; i++)
                Assert.Equal($"{i}", (await bomb.NextPublish()).Payload);
            await bomb.Ping();
            await bomb.DisposeAsync();
        }

        await under.Until(count => count.Connected == 1);
        Assert.Equal(0, under.Broker.Count().Subscriptions);
    }

    [Fact]
    public async Task A18_a_flood_of_retained_messages_fills_its_room_and_what_was_there_stays_and_may_change()
    {
        await using var under = await Start(options => options with { RetainedMessagesMax = 100, RetainedBytesMax = 1024 * 1024 });
        await using var good = await under.Connect("good");
        await good.Publish("mine", "before", retain: true);
        await good.Ping();
        await using var flood = await under.Connect("flood");
        var payload = new string('x', 20_000);
        for (var i = 0; i < 1000; i++)
            await flood.Publish($"flood/{i}", payload, retain: true);
        await flood.Ping();
        Assert.InRange(under.Broker.Count().Retained, 2, 53);
        Assert.Equal(1001 - under.Broker.Count().Retained, under.Broker.Count().Drops);

        await good.Publish("mine", "after", retain: true);
        await good.Ping();
        await good.Subscribe("mine", QoS.AtMostOnce);
        Assert.Equal("after", (await good.NextPublish()).Payload);
    }

    [Fact]
    public async Task A18_a_storm_of_wills_reaches_who_listens_and_delays_nobody()
    {
        await using var under = await Start();
        await using var watcher = await under.Connect("watcher");
        await watcher.Subscribe("last/+", QoS.AtLeastOnce);
        await using var good = await under.Connect("good");
        var storm = new List<RawClient>();
        for (var i = 0; i < Peers; i++)
        {
            var client = await under.Open();
            await client.Connect($"c{i}", will: new Will($"last/{i}", new byte[1000], QoS.AtLeastOnce, Retain: false));
            storm.Add(client);
        }

        foreach (var client in storm)
            await client.DisposeAsync();
        await good.Ping();
        var seen = new HashSet<string>();
        while (seen.Count < Peers)
        {
            var will = await watcher.NextPublish();
            Assert.True(seen.Add(will.Topic));
            await watcher.PubAck(will.PacketId);
        }

        await good.Ping();
        Assert.Equal(2, under.Broker.Count().Connected);
    }

    [Fact]
    public async Task F10_stuck_readers_hold_a_bounded_amount_then_go_and_others_get_everything()
    {
        const int Stuck = 30, Messages = 150, Size = 60_000, BoundBytes = 256 * 1024;
        await using var under = await Start();
        await using var good = await under.Connect("good");
        await good.Subscribe("news", QoS.AtMostOnce);
        await using var crowd = new Crowd();
        await crowd.Dial(under, "plain", Stuck, [], good);
        await crowd.ConnectAndSubscribe("news");
        await under.Until(count => count.Subscriptions == Stuck + 1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Messages; i++)
        {
            var payload = new byte[Size];
            payload[0] = (byte)i;
            under.Broker.Publish("news", payload, QoS.AtMostOnce, retain: false);
            Assert.Equal(i, (await good.NextPublish()).Bytes[0]);
        }

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Stuck;
        Assert.InRange(each, long.MinValue, BoundBytes);
        // What a stuck reader may have: its outbox, and what the kernel took from it.
        Assert.True(under.Broker.Count().Drops > Stuck, $"{under.Broker.Count().Drops} dropped");
        for (var i = 0; i < 4 && under.Broker.Count().Connected > 1; i++)
        {
            under.Time.Advance(TimeSpan.FromSeconds(16));
            await good.Ping();
        }

        await under.Until(count => count.Connected == 1);
        Assert.Equal(1, under.Broker.Count().Subscriptions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F10_peers_that_dribble_or_have_vanished_end_with_their_keep_alive(bool dribble)
    {
        await using var under = await Start();
        await using var good = await under.Connect("good");
        var sick = new List<RawClient>();
        for (var i = 0; i < 100; i++)
            sick.Add(await under.Connect($"sick{i}"));
        await under.Until(count => count.Connected == 101);
        // The silence begins when CONNECT has been dealt with, which may be after its answer has come.
        foreach (var client in sick)
            await client.Ping();
        // One byte at a time of a packet that takes ever so long is a silence, as no packet has come [MQTT-3.1.2-24].
        var packet = new byte[] { 0x30, 0x7F, 0x00, 0x01, 0x74, 0, 0, 0, 0, 0 };
        foreach (var octet in packet)
        {
            await under.Advance(TimeSpan.FromSeconds(10));
            await good.Ping();
            foreach (var client in dribble ? sick : [])
            {
                try
                {
                    await client.Send(octet);
                }
                catch (IOException)
                {
                    // It has been ended.
                }
            }
        }

        await under.Until(count => count.Connected == 1);
        foreach (var client in sick)
            await client.DisposeAsync();
        await good.Ping();
    }

    private static Task<BrokerUnderTest> Start(Func<BrokerOptions, BrokerOptions>? change = null) => BrokerUnderTest.Start(options =>
    {
        options = options with { Listeners = [.. options.Listeners, new MqttListener("tls", new IPEndPoint(IPAddress.Loopback, 0), TlsOptions.ForDevices(TestPki.Server))] };
        return change?.Invoke(options) ?? options;
    });

    /// <summary>Peers that send and do not read.</summary>
    private sealed class Crowd : IAsyncDisposable
    {
        private readonly List<Socket> sockets = [];

        /// <summary>All are accepted when it returns; a good client is served between them.</summary>
        public async Task Dial(BrokerUnderTest under, string listener, int count, byte[] bytes, RawClient good)
        {
            var accepted = under.Broker.Count().ConnectionsAccepted + count;
            for (var i = 0; i < count; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4096 };
                await socket.ConnectAsync(under.Broker.EndPoints[listener], TestContext.Current.CancellationToken);
                if (bytes.Length > 0)
                    await socket.SendAsync(bytes);
                sockets.Add(socket);
                if (i % 10 == 0)
                    await good.Ping();
            }

            await under.Until(counters => counters.ConnectionsAccepted == accepted);
        }

        public async Task Send(byte[] bytes)
        {
            foreach (var socket in sockets)
                await socket.SendAsync(bytes);
        }

        public async Task ConnectAndSubscribe(string filter)
        {
            for (var i = 0; i < sockets.Count; i++)
            {
                using var output = new PooledBuffer();
                PacketWriter.Connect(output, new ConnectPacket { Level = ProtocolLevel.V311, ClientId = $"stuck{i}", CleanStart = true, KeepAliveSeconds = 1200 });
                PacketWriter.Subscribe(output, ProtocolLevel.V311, new SubscribePacket(7, [new SubscribeFilter(filter, QoS.AtMostOnce)]));
                await sockets[i].SendAsync(output.Written.ToArray());
            }
        }

        /// <summary>Each has been closed, in order or by a reset.</summary>
        public async Task AllEnded()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            var buffer = new byte[256];
            foreach (var socket in sockets)
            {
                try
                {
                    while (await socket.ReceiveAsync(buffer, patience.Token) > 0)
                    {
                    }
                }
                catch (SocketException)
                {
                    // A reset: what was sent has not been read.
                }
            }
        }

        public ValueTask DisposeAsync()
        {
            sockets.ForEach(socket => socket.Dispose());
            return default;
        }
    }
}
