using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>Requests on reserved topics and what comes back: to whoever asked, once, and to nobody else.</summary>
public sealed class ReplyTests(OneDoor shared) : IClassFixture<OneDoor>
{
    private const string T = "$aws/things/dev7/desk";

    [Fact]
    public async Task Checklist_1_an_unsolicited_reply_reaches_a_client_with_zero_subscriptions()
    {
        var door = shared.Door;
        await using var client = await door.Connect(await door.Register("dev7"), "dev7");

        await client.Publish($"{T}/$next/get", "{}");

        var reply = await client.NextPublish();
        Assert.Equal(($"{T}/$next/get/accepted", "{}", QoS.AtMostOnce, false), (reply.Topic, reply.Payload, reply.QoS, reply.Retain));
    }

    [Fact]
    public async Task Checklist_2_the_same_reply_arrives_once_with_overlapping_filters()
    {
        var door = shared.Door;
        await using var client = await door.Connect(await door.Register("dev7"), "dev7");
        foreach (var filter in new[] { $"{T}/#", $"{T}/+/get/accepted", $"{T}/$next/get/accepted" })
            Assert.Equal(ReasonCode.Success, await client.Subscribe(filter, QoS.AtMostOnce));

        await client.Publish($"{T}/$next/get", "{}");

        // T/# is the request's own audience too: one echo of the request, one reply, nothing else.
        var seen = new[] { (await client.NextPublish()).Topic, (await client.NextPublish()).Topic };
        Assert.Equal([$"{T}/$next/get", $"{T}/$next/get/accepted"], seen.Order());
        await client.Ping();
    }

    [Fact]
    public async Task Checklist_6_a_subscriber_of_what_lies_below_does_not_see_the_request_itself()
    {
        var door = shared.Door;
        await using var client = await door.Connect(await door.Register("dev7"), "dev7");
        await client.Subscribe($"{T}/$next/get/#", QoS.AtMostOnce);

        await client.Publish($"{T}/$next/get", "{}");

        Assert.Equal($"{T}/$next/get/accepted", (await client.NextPublish()).Topic);
        await client.Ping();
    }

    [Fact]
    public async Task A_reply_is_private_and_a_request_is_seen_by_those_who_may()
    {
        var door = shared.Door;
        await using var watcher = await door.Connect(await door.Register("watcher", DeviceDoorUnderTest.WidePolicy), "watcher");
        await using var client = await door.Connect(await door.Register("dev7"), "dev7");
        await watcher.Subscribe("$aws/things/#", QoS.AtMostOnce);

        await client.Publish($"{T}/x/get", "question");
        Assert.Equal("question", (await client.NextPublish()).Payload);

        var echo = await watcher.NextPublish();
        Assert.Equal(($"{T}/x/get", "question"), (echo.Topic, echo.Payload));
        await watcher.Ping();
    }

    [Fact]
    public async Task Two_connections_that_ask_the_same_get_an_answer_each()
    {
        var door = shared.Door;
        var wide = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using var one = await door.Connect(wide, "one");
        await using var two = await door.Connect(wide, "two");
        await one.Subscribe($"{T}/+/get/accepted", QoS.AtMostOnce);
        await two.Subscribe($"{T}/+/get/accepted", QoS.AtMostOnce);

        await one.Publish($"{T}/x/get", "1");
        await two.Publish($"{T}/x/get", "2");

        Assert.Equal("1", (await one.NextPublish()).Payload);
        Assert.Equal("2", (await two.NextPublish()).Payload);
        await one.Ping();
        await two.Ping();
    }

    [Theory]
    [InlineData(QoS.AtMostOnce, null, QoS.AtMostOnce)]
    [InlineData(QoS.AtLeastOnce, null, QoS.AtLeastOnce)]
    [InlineData(QoS.AtMostOnce, QoS.AtLeastOnce, QoS.AtLeastOnce)]
    [InlineData(QoS.AtLeastOnce, QoS.AtMostOnce, QoS.AtLeastOnce)]
    public async Task A_reply_has_the_higher_of_the_requests_and_the_subscriptions_QoS(QoS asked, QoS? granted, QoS expected)
    {
        var door = shared.Door;
        await using var client = await door.Connect(await door.Register("dev7"), "dev7");
        if (granted is { } subscribed)
            await client.Subscribe($"{T}/x/get/accepted", subscribed);

        await client.Publish($"{T}/x/get", "{}", asked, packetId: 9);

        // The service changes state, so the reply (its effect) is queued before the acknowledgement.
        var reply = await client.NextPublish();
        Assert.Equal(expected, reply.QoS);
        if (expected == QoS.AtLeastOnce)
            await client.PubAck(reply.PacketId);
        if (asked == QoS.AtLeastOnce)
            Assert.Equal(9, (await client.Next(PacketType.PubAck)).Ack.PacketId);
        await client.Ping();
    }

    [Fact]
    public async Task A_request_is_acknowledged_only_after_its_effect()
    {
        var door = shared.Door;
        await using var client = await door.Connect(await door.Register("dev7"), "dev7");
        await client.Publish($"{T}/x/hold", "", QoS.AtLeastOnce, packetId: 3);
        await door.Desk.Held();
        var next = client.Next();
        Assert.False(next.IsCompleted);

        door.Desk.Release();

        Assert.Equal(3, (await next)!.Value.Ack.PacketId);
    }

    [Fact]
    public async Task A_request_whose_service_fails_is_not_acknowledged_at_level_4_and_named_a_failure_at_level_5()
    {
        var door = shared.Door;
        var device = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        await using var v4 = await door.Connect(device, "v4");
        await using var v5 = await door.Connect(device, "v5", ProtocolLevel.V5);

        await v4.Publish($"{T}/x/fail", "", QoS.AtLeastOnce);
        await v5.Publish($"{T}/x/fail", "", QoS.AtLeastOnce);

        await v4.ExpectEnd();
        Assert.Equal(ReasonCode.UnspecifiedError, (await v5.Next(PacketType.PubAck)).Ack.Reason);
    }

    [Fact]
    public async Task A_reply_at_level_5_carries_the_requests_correlation_data()
    {
        var door = shared.Door;
        await using var client = await door.Connect(await door.Register("dev7"), "dev7", ProtocolLevel.V5);

        await client.Publish($"{T}/x/get", "{}", properties: new Properties { CorrelationData = [1, 2, 3], ResponseTopic = "elsewhere" });

        var reply = await client.NextPublish();
        Assert.Equal($"{T}/x/get/accepted", reply.Topic);
        Assert.Equal([1, 2, 3], reply.Properties!.CorrelationData!);
    }

    [Fact]
    public async Task A_jobs_topic_that_names_no_operation_is_answered_InvalidTopic()
    {
        var door = shared.Door;
        await using var client = await door.Connect(await door.Register("dev7"), "dev7");

        await client.Publish("$aws/things/dev7/jobs/x/nonsense", """{"clientToken":"tok & en"}""");

        var reply = await client.NextPublish();
        Assert.Equal("$aws/things/dev7/jobs/x/nonsense/rejected", reply.Topic);
        Assert.Contains("\"tok & en\"", reply.Payload);
        using var json = JsonDocument.Parse(reply.Payload);
        Assert.Equal("InvalidTopic", json.RootElement.GetProperty("code").GetString());
        Assert.Equal(10, json.RootElement.GetProperty("timestamp").GetRawText().Length);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Checklist_15_no_TLS_record_is_larger_than_a_small_device_can_take(SslProtocols protocols)
    {
        var door = shared.Door;
        RecordTap? tap = null;
        await using var tls = await door.DialTls(await door.Register("dev7"), inner => tap = new RecordTap(inner), protocols);
        await using var client = RawClient.On(tls);
        await client.Connect("dev7");

        await client.Publish($"{T}/x/blocks", "4");
        for (var i = 4; i > 0; i--)
        {
            var block = (await client.NextPublish()).Bytes;
            Assert.Equal(DeskService.BlockBytes + 4, block.Length);
            Assert.Equal((byte)i, block[0]);
            Assert.Equal("end", Encoding.ASCII.GetString(block[^3..]));
        }

        // 4352 bytes of plaintext and what TLS adds: a tag, an explicit nonce, or padding and a MAC.
        Assert.InRange(tap!.LargestRecord, 4096, 4352 + 256);
    }

    [Fact]
    public async Task Many_blocks_to_a_slow_reader_wait_for_it_and_every_lease_is_given_back()
    {
        var door = shared.Door;
        await using var client = await door.Connect(await door.Register("dev7"), "dev7");
        const int count = 2000;

        await client.Publish($"{T}/x/blocks", count.ToString());
        for (var i = count; i > 0; i--)
            Assert.Equal((byte)i, (await client.NextPublish()).Bytes[0]);
        await client.Ping();

        await door.Desk.Idle();
    }

    [Fact]
    public async Task A_device_that_leaves_in_mid_transfer_gives_every_lease_back()
    {
        var door = shared.Door;
        var device = await door.Register("dev7");
        var client = await door.Connect(device, "dev7");
        await client.Publish($"{T}/x/blocks", "2000");
        await client.NextPublish();

        await client.DisposeAsync();
        await using var next = await door.Connect(device, "dev7");
        await next.Publish($"{T}/x/get", "");
        await next.NextPublish();

        await door.Desk.Idle();
    }
}
