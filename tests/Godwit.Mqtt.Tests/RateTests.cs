using CsCheck;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

/// <summary>Limits by time, as AWS has them for each connection.</summary>
public sealed class RateTests
{
    [Fact]
    public void A_bucket_never_gives_more_than_its_burst_and_its_rate() => Gen.Select(Gen.Int[1, 50], Gen.Int[1, 400].Array[1, 200]).Sample((rate, steps) =>
    {
        var bucket = new TokenBucket(rate, rate, now: 0);
        var (now, taken) = (0L, 0);
        foreach (var step in steps)
        {
            now += step;
            while (bucket.TryTake(1, now))
                taken++;
        }

        // All that was there at first, and what came since, save what did not fit.
        Assert.InRange(taken, 1, rate + (rate * now / 1000.0) + 1e-6);
    });

    [Fact]
    public void What_is_taken_on_credit_is_owed_until_the_rate_has_paid_it()
    {
        var bucket = new TokenBucket(perSecond: 1000, burst: 1000, now: 0);
        Assert.Equal(0, bucket.Take(1000, now: 0));
        Assert.Equal(500, bucket.Take(500, now: 0));
        Assert.False(bucket.TryTake(1, now: 500));
        Assert.True(bucket.TryTake(1, now: 501));
        Assert.True(bucket.IsFull(now: 2000));
    }

    [Fact]
    public async Task Beyond_a_hundred_publishes_in_a_second_the_excess_is_not_taken()
    {
        await using var under = await Start();
        var handled = 0;
        under.Host.Handle = (IConnection _, in IncomingPublish _) =>
        {
            handled++;
            return PublishHandling.Ordinary;
        };
        await using var five = await under.Connect("d5", ProtocolLevel.V5);
        for (ushort i = 1; i <= 103; i++)
            await five.Publish("t", "x", QoS.AtLeastOnce, i);
        for (var i = 1; i <= 103; i++)
            Assert.Equal(i <= 100 ? ReasonCode.Success : ReasonCode.QuotaExceeded, (await five.Next(PacketType.PubAck)).Ack.Reason);
        await five.Publish("t", "x");
        await five.Ping();
        Assert.Equal((100, 4L), (handled, under.Broker.Count().Throttled));

        // At level 4 there is no word for it: no PUBACK.
        await using var four = await under.Connect("d4");
        for (ushort i = 1; i <= 101; i++)
            await four.Publish("t", "x", QoS.AtLeastOnce, i);
        for (var i = 1; i <= 100; i++)
            Assert.Equal(i, (await four.Next(PacketType.PubAck)).Ack.PacketId);
        await four.Ping();

        await under.Advance(TimeSpan.FromSeconds(1));
        await four.Publish("t", "x", QoS.AtLeastOnce, 200);
        Assert.Equal(200, (await four.Next(PacketType.PubAck)).Ack.PacketId);
    }

    [Fact]
    public async Task Bytes_beyond_the_rate_wait_and_are_not_lost()
    {
        await using var under = await BrokerUnderTest.Start(options => options with { Rates = RateLimits.Aws, WriteStallTimeout = TimeSpan.FromHours(1) });
        await using var client = await under.Open();
        await client.Connect("d", keepAlive: 1200);
        var payload = new string('x', 100_000);
        for (ushort i = 1; i <= 7; i++)
            await client.Publish("t", payload, QoS.AtLeastOnce, i);
        // The clock stands: a second's worth is read, and then the socket is left alone.
        await under.Until(count => count.BytesIn > 524_288);
        var acknowledged = 0;
        var last = client.Next(PacketType.PubAck);
        while (acknowledged < 7)
        {
            if (last.IsCompleted)
            {
                acknowledged++;
                Assert.Equal(acknowledged, (await last).Ack.PacketId);
                last = acknowledged < 7 ? client.Next(PacketType.PubAck) : last;
                continue;
            }

            // The test may run ahead of the broker, but not beyond the keep-alive.
            if (under.Time.GetUtcNow() - under.Time.Start < TimeSpan.FromSeconds(1500))
                under.Time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }

        // 700,000 bytes at 524,288 a second, of which one second's worth came at once.
        Assert.InRange((under.Time.GetUtcNow() - under.Time.Start).TotalMilliseconds, 330, double.MaxValue);
    }

    [Theory]
    [InlineData(ProtocolLevel.V311)]
    [InlineData(ProtocolLevel.V5)]
    public async Task A_second_CONNECT_within_a_second_is_refused_and_the_first_connection_stays(ProtocolLevel level)
    {
        await using var under = await Start();
        await using var first = await under.Connect("d", level);
        await using (var second = await under.Open(level))
        {
            await second.SendConnect("d");
            if (level == ProtocolLevel.V5)
                Assert.Equal((byte)ReasonCode.QuotaExceeded, (await second.Next(PacketType.ConnAck)).ConnAck.Code);
            await second.ExpectEnd();
        }

        await first.Ping();
        await using var other = await under.Connect("other", level);
        await under.Advance(TimeSpan.FromSeconds(1));
        await using var third = await under.Connect("d", level);
        await third.Ping();
    }

    [Fact]
    public async Task A_domain_has_so_many_CONNECTs_a_second_and_another_is_not_touched()
    {
        await using var under = await BrokerUnderTest.Start(options => options with { Rates = new RateLimits { ConnectsPerSecondPerDomain = 5 } });
        under.Host.OnConnect = attempt => ConnectDecision.Accept(state: attempt.ClientId, domain: attempt.ClientId[..1]);
        var codes = new List<byte>();
        foreach (var id in (string[])["a1", "a2", "a3", "a4", "a5", "a6", "b1", "a7"])
        {
            await using var client = await under.Open(ProtocolLevel.V5);
            codes.Add((await client.Connect(id)).Code);
        }

        Assert.Equal([0, 0, 0, 0, 0, (byte)ReasonCode.QuotaExceeded, 0, (byte)ReasonCode.QuotaExceeded], codes);
        await under.Advance(TimeSpan.FromSeconds(1));
        await using var later = await under.Connect("a8");
    }

    [Fact]
    public async Task A_fight_for_a_client_id_is_cut_down_to_the_rate()
    {
        await using var under = await BrokerUnderTest.Start(options => options with { Rates = new RateLimits { ConnectsPerSecondPerClient = 2, ConnectBurst = 3 } });
        var won = 0;
        for (var i = 0; i < 10; i++)
        {
            await using var client = await under.Open(ProtocolLevel.V5);
            won += (await client.Connect("d")).Code == 0 ? 1 : 0;
        }

        Assert.Equal(3, won);
        Assert.Equal(7, under.Broker.Count().Throttled);
    }

    [Fact]
    public async Task What_waited_in_a_session_comes_ten_a_second_and_what_is_new_behind_it()
    {
        await using var under = await Start();
        await using (var client = await under.Connect("d", clean: false))
            await client.Subscribe("t", QoS.AtLeastOnce);
        await under.Host.Until("disconnected d ConnectionLost");
        for (var i = 0; i < 25; i++)
            under.Broker.Publish("t", System.Text.Encoding.UTF8.GetBytes($"{i}"), QoS.AtLeastOnce, retain: false);
        await under.Advance(TimeSpan.FromSeconds(1));

        await using var back = await under.Connect("d", clean: false);
        under.Broker.Publish("t", "new"u8.ToArray(), QoS.AtLeastOnce, retain: false);
        for (var i = 0; i < 25; i++)
        {
            if (i is 10 or 20)
            {
                await back.Ping();
                await under.Advance(TimeSpan.FromSeconds(1));
            }

            var message = await back.NextPublish();
            Assert.Equal($"{i}", message.Payload);
            await back.PubAck(message.PacketId);
        }

        Assert.Equal("new", (await back.NextPublish()).Payload);
    }

    private static Task<BrokerUnderTest> Start() => BrokerUnderTest.Start(options => options with { Rates = RateLimits.Aws });
}
