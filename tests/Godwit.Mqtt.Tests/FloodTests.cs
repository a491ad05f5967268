using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

/// <summary>Peers that cost more than they should: what they can make the broker hold is bounded, and others go on.</summary>
[Collection(nameof(Alone))] // Memory is measured for the whole process.
public sealed class FloodTests
{
    [Fact]
    public async Task Half_a_CONNECT_from_many_sockets_holds_next_to_nothing_and_ends_in_time()
    {
        const int Sockets = 400;
        await using var under = await BrokerUnderTest.Start(options => options with { Profile = options.Profile with { ConnectBytesMax = 1 << 28 } });
        await using var good = await under.Connect("good");
        var floods = new List<RawClient>();
        for (var i = 0; i < 20; i++)
            floods.Add(await Half(under));
        await under.Until(counters => counters.BytesIn >= 20 * 8);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 20; i < Sockets; i++)
            floods.Add(await Half(under));
        await under.Until(counters => counters.BytesIn >= Sockets * 8);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (Sockets - 20);

        // Both ends live in this process; the test's own buffers are not counted.
        Assert.True(each - RawClient.BufferBytes < 8 * 1024, $"{each - RawClient.BufferBytes} bytes for each half CONNECT");
        await good.Ping();
        await under.Advance(TimeSpan.FromSeconds(6));
        foreach (var flood in floods)
        {
            await flood.ExpectEnd();
            await flood.DisposeAsync();
        }

        await good.Ping();
        Assert.Equal(1, under.Broker.Count().Connected);

        static async Task<RawClient> Half(BrokerUnderTest under)
        {
            var client = await under.Open();
            await client.Send(0x10, 0xF0, 0xFF, 0x7F, 0x00, 0x04, 0x4D, 0x51);
            return client;
        }
    }

    [Theory]
    [InlineData("30")]
    [InlineData("C000")]
    [InlineData("16030100")] // A TLS hello on a plain port.
    [InlineData("474554202F")]
    [InlineData("10FFFFFF7F")]
    [InlineData("10FFFFFFFF")]
    [InlineData("1080C000")]
    public async Task What_does_not_begin_as_a_small_CONNECT_is_closed_at_once(string hex)
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Open();
        await client.Send(Convert.FromHexString(hex));
        await client.ExpectEnd();
    }

    [Fact]
    public async Task Peers_that_come_and_go_do_not_delay_others()
    {
        await using var under = await BrokerUnderTest.Start();
        for (var i = 0; i < 200; i++)
        {
            using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
            socket.LingerState = new System.Net.Sockets.LingerOption(enable: true, seconds: 0); // Leaves with a reset.
            await socket.ConnectAsync(under.EndPoint, TestContext.Current.CancellationToken);
        }

        // On the test's clock a pause of the accept loop would never end.
        await using var good = await under.Connect("good");
        await good.Ping();
        await under.Until(counters => counters.SocketsOpen == 1);
    }

    [Fact]
    public async Task A_host_that_fails_at_an_end_harms_nobody_else()
    {
        var under = await BrokerUnderTest.Start();
        await using var first = await under.Connect("d1");
        under.Host.MayPublish = (_, _) => throw new InvalidOperationException("bug");
        await using var willing = await under.Open();
        await willing.Connect("d2", will: new Will("t", [], QoS.AtMostOnce, Retain: false));
        await using var successor = await under.Connect("d2");
        await willing.ExpectEnd();
        await successor.Ping();
        await first.Ping();
        await under.Host.Until("faulted InvalidOperationException");
        await under.Broker.DisposeAsync();
        Assert.Equal(0, under.Broker.Count().SocketsOpen);
    }

    [Fact]
    public async Task More_connections_than_allowed_are_closed_at_once()
    {
        await using var under = await BrokerUnderTest.Start(options => options with { ConnectionsMax = 2 });
        await using var one = await under.Connect("d1");
        await using var two = await under.Connect("d2");
        await using var three = await under.Open();
        await three.ExpectEnd();
        Assert.Equal(1, under.Broker.Count().ConnectionsRefused);
        await one.Ping();
    }

    [Fact]
    public async Task A_reader_that_does_not_read_is_bounded_then_dropped_and_others_go_on()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var slow = await under.Connect("slow");
        await slow.Subscribe("t", QoS.AtMostOnce);
        await using var good = await under.Connect("good");
        await good.Subscribe("t", QoS.AtMostOnce);

        var payload = new byte[50_000];
        for (var i = 0; i < 400; i++)
        {
            under.Broker.Publish("t", payload, QoS.AtMostOnce, retain: false);
            Assert.Equal(payload.Length, (await good.NextPublish()).Bytes.Length);
        }

        // Kernel buffers on both ends take some megabytes; the rest is dropped.
        Assert.True(under.Broker.Count().Drops > 100, $"{under.Broker.Count().Drops} dropped");
        await good.Send(0xC0, 0);
        await good.Next(PacketType.PingResp);
        // In two steps: the good client's last write has been taken, but its end may not have been seen yet when time moves.
        under.Time.Advance(TimeSpan.FromSeconds(16));
        await good.Ping();
        under.Time.Advance(TimeSpan.FromSeconds(15));
        await under.Host.Until("disconnected slow SlowReader");
        await good.Ping();
    }

    [Fact]
    public async Task A_sender_that_does_not_read_its_acknowledgements_is_dropped()
    {
        await using var under = await BrokerUnderTest.Start(options => options with { OutboxBytesMax = 4096 });
        await using var client = await under.Connect("d1");
        using var burst = new PooledBuffer();
        for (var i = 0; i < 20_000; i++)
            PacketWriter.PingReq(burst);

        var bytes = burst.Written.ToArray();
        for (var i = 0; i < 500 && under.Broker.IsConnected("d1"); i++)
        {
            try
            {
                await client.Send(bytes);
            }
            catch (IOException)
            {
                break;
            }
        }

        await under.Host.Until("disconnected d1 SlowReader");
    }

    [Fact]
    public async Task Messages_that_a_write_has_taken_are_not_counted_as_waiting()
    {
        await using var under = await BrokerUnderTest.Start(options => options with { OutboxMessagesMax = 10, OutboxBytesMax = 64 * 1024 * 1024 });
        await using var client = await under.Connect("d1");
        var connection = under.Broker.Find("d1")!;
        var block = new byte[16 * 1024 * 1024];
        // The client does not read: the first write stays where it is, and all that it took with it.
        Assert.Equal(SendResult.Queued, connection.TrySend("t", block, QoS.AtMostOnce));
        await under.Until(count => count.BytesOut < block.Length && ((Connection)connection).IsWriting);

        for (var i = 0; i < 10; i++)
            Assert.Equal(SendResult.Queued, connection.TrySend("t", new byte[1], QoS.AtMostOnce));
        Assert.Equal(SendResult.Full, connection.TrySend("t", new byte[1], QoS.AtMostOnce));

        Assert.Equal(block.Length, (await client.NextPublish()).Bytes.Length);
        for (var i = 0; i < 10; i++)
            await client.NextPublish();
    }

    [Fact]
    public async Task A_host_that_waits_for_room_sends_everything_and_holds_little()
    {
        await using var under = await BrokerUnderTest.Start();
        var body = new byte[64 * 1024];
        new Random(1).NextBytes(body);
        var waits = 0;
        under.Host.Handle = (IConnection connection, in IncomingPublish _) => new PublishHandling(Route: false, Serve(connection));
        await using var client = await under.Connect("d1");
        await client.Publish("get", "x");
        for (var i = 0; i < 300; i++)
        {
            var block = await client.NextPublish();
            Assert.Equal($"data/{i}", block.Topic);
            Assert.True(block.Bytes.AsSpan(1, body.Length).SequenceEqual(body));
        }

        Assert.True(waits > 10, $"waited {waits} times");
        await client.Ping();

        async ValueTask<ReasonCode> Serve(IConnection connection)
        {
            for (var i = 0; i < 300; i++)
            {
                var topic = System.Text.Encoding.ASCII.GetBytes($"data/{i}");
                while (connection.TrySend(topic, "<"u8, body, ">"u8, QoS.AtMostOnce) is var sent && sent != SendResult.Queued)
                {
                    Assert.Equal(SendResult.Full, sent);
                    waits++;
                    await connection.WhenDrained();
                }
            }

            return ReasonCode.Success;
        }
    }

    [Fact]
    public async Task A_lease_is_given_back_once_written_or_dropped_and_never_twice()
    {
        await using var under = await BrokerUnderTest.Start();
        await using var client = await under.Connect("d1");
        var connection = under.Broker.Find("d1")!;
        var written = new Lease();
        Assert.Equal(SendResult.Queued, connection.TrySend("t"u8, default, new byte[10], default, QoS.AtMostOnce, written));
        await client.NextPublish();
        await written.Freed.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        // Fill the outbox and leave: what was not written is freed too.
        var waiting = new List<Lease>();
        SendResult result;
        do
        {
            waiting.Add(new Lease());
            result = connection.TrySend("t"u8, default, new byte[100_000], default, QoS.AtMostOnce, waiting[^1]);
        }
        while (result == SendResult.Queued);

        Assert.Equal(SendResult.Full, result);
        Assert.False(waiting[^1].Freed.Task.IsCompleted);
        await client.DisposeAsync();
        await under.Host.Until("disconnected d1 ConnectionLost");
        foreach (var lease in waiting.SkipLast(1))
            await lease.Freed.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(SendResult.Closed, connection.TrySend("t"u8, default, new byte[1], default, QoS.AtMostOnce));
        await connection.WhenDrained(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Random_bytes_behind_a_CONNECT_never_fault_the_broker()
    {
        await using var under = await BrokerUnderTest.Start();
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            await using var client = await under.Connect("d1", i % 2 == 0 ? ProtocolLevel.V311 : ProtocolLevel.V5);
            var noise = new byte[random.Next(1, 200)];
            random.NextBytes(noise);
            noise[0] = (byte)(random.Next(1, 16) << 4 | (random.Next(3) == 0 ? 2 : 0));
            await client.Send(noise);
        }

        await using var good = await under.Connect("good");
        await good.Ping();
    }

    private sealed class Lease : IDisposable
    {
        public TaskCompletionSource Freed { get; } = new();

        public void Dispose() => Freed.SetResult();
    }
}
