using System.Net;
using System.Text;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>What the API reads of the broker, and what it ends there.</summary>
public sealed class DataPlaneOperationTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private SignedClient _data = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start(configure: options => options with { MqttPlainPort = 0 });
        _data = _server.Client("iotdata");
    }

    public async ValueTask DisposeAsync()
    {
        _data.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Retained_messages_are_listed_page_by_page_and_read()
    {
        foreach (var topic in new[] { "b", "a/x", "c" })
            Assert.Equal(200, (await _data.Send("POST", $"/topics/{topic.Replace("/", "%2F", StringComparison.Ordinal)}?retain=true&qos=1", Encoding.UTF8.GetBytes("of " + topic))).Status);
        var first = (await _data.Get("/retainedMessage?maxResults=2")).Json;
        Assert.Equal(["a/x", "b"], first.GetProperty("retainedTopics").EnumerateArray().Select(message => message.GetProperty("topic").GetString()));
        Assert.Equal((6, 1), (first.GetProperty("retainedTopics")[0].GetProperty("payloadSize").GetInt32(), first.GetProperty("retainedTopics")[0].GetProperty("qos").GetInt32()));
        var rest = (await _data.Get("/retainedMessage?maxResults=2&nextToken=" + first.GetProperty("nextToken").GetString())).Json;
        Assert.Equal("c", Assert.Single(rest.GetProperty("retainedTopics").EnumerateArray()).GetProperty("topic").GetString());
        var read = (await _data.Get("/retainedMessage/a%2Fx")).Json;
        Assert.Equal("of a/x", Encoding.UTF8.GetString(read.GetProperty("payload").GetBytesFromBase64()));
        Assert.InRange(read.GetProperty("lastModifiedTime").GetInt64(), DateTimeOffset.UnixEpoch.AddYears(50).ToUnixTimeMilliseconds(), long.MaxValue);

        await _data.Send("POST", "/topics/c?retain=true", []);
        Assert.Equal("ResourceNotFoundException", (await _data.Get("/retainedMessage/c")).Exception);
        using var other = _server.Client("iotdata", TestServer.OtherKey);
        Assert.Equal(0, (await other.Get("/retainedMessage")).Json.GetProperty("retainedTopics").GetArrayLength());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task A_connection_is_ended_with_its_session_and_will_if_so_asked(bool cleanSession, bool preventWill)
    {
        await using var watcher = await Dial();
        await watcher.Connect("watcher");
        await watcher.Subscribe("wills/#", QoS.AtMostOnce);
        await using (var device = await Dial())
        {
            await device.Connect("dev", clean: false, will: new Will("wills/dev", "gone"u8.ToArray(), QoS.AtMostOnce, Retain: false));
            await device.Subscribe("news", QoS.AtLeastOnce);
            var answer = await _data.Send("DELETE", $"/connections/dev?cleanSession={(cleanSession ? "true" : "false")}&preventWillMessage={(preventWill ? "true" : "false")}");
            Assert.Equal(200, answer.Status);
            await device.ExpectEnd();
        }
        await _data.Send("POST", "/topics/wills%2Fend", "end"u8.ToArray());
        Assert.Equal(preventWill ? "end" : "gone", (await watcher.NextPublish()).Payload);

        await using var back = await Dial();
        Assert.Equal(!cleanSession, (await back.Connect("dev", clean: false)).SessionPresent);
    }

    [Fact]
    public async Task A_message_reaches_MQTT_5_subscribers_with_all_its_properties_and_MQTT_3_ones_without()
    {
        await using var five = await RawClient.Open(new IPEndPoint(IPAddress.Loopback, _server.Endpoints.MqttPlainPort!.Value), ProtocolLevel.V5);
        await five.Connect("five");
        await five.Subscribe("news", QoS.AtLeastOnce);
        await using var three = await Dial();
        await three.Connect("three");
        await three.Subscribe("news", QoS.AtLeastOnce);
        KeyValuePair<string, string>[] headers =
        [
            new("x-amz-mqtt5-user-properties", Base64("""[{"deviceName":"alpha"},{"deviceCnt":"45"},{"deviceName":"again"}]""")),
            new("x-amz-mqtt5-payload-format-indicator", "UTF8_DATA"),
            new("x-amz-mqtt5-correlation-data", Base64("call 7")),
        ];
        var sent = await _data.Send("POST", "/topics/news?qos=1&contentType=text%2Fplain&responseTopic=answers%2F7&messageExpiry=60&retain=true", "hello"u8.ToArray(), headers);
        Assert.True(sent.Status == 200, sent.Text);

        var got = await five.NextPublish();
        var properties = got.Properties!;
        Assert.Equal(("hello", "text/plain", "answers/7", (byte)1), (got.Payload, properties.ContentType, properties.ResponseTopic, properties.PayloadFormat!.Value));
        Assert.Equal("call 7", Encoding.UTF8.GetString(properties.CorrelationData!));
        Assert.InRange(properties.MessageExpirySeconds!.Value, 1u, 60u);
        Assert.Equal([new("deviceName", "alpha"), new("deviceCnt", "45"), new("deviceName", "again")], properties.UserProperties!);
        Assert.Equal("hello", (await three.NextPublish()).Payload);
        var kept = (await _data.Get("/retainedMessage/news")).Json.GetProperty("userProperties").GetBytesFromBase64();
        Assert.Equal("""[{"deviceName":"alpha"},{"deviceCnt":"45"},{"deviceName":"again"}]""", Encoding.UTF8.GetString(kept));
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("""{"a":"b"}""")]
    [InlineData("""[["a","b"]]""")]
    [InlineData("""[{"a":1}]""")]
    public async Task User_properties_that_are_none_are_refused_by_their_header(string properties)
    {
        var refused = await _data.Send("POST", "/topics/news", "x"u8.ToArray(), [new("x-amz-mqtt5-user-properties", Base64(properties))]);
        Assert.Equal((400, "InvalidRequestException"), (refused.Status, refused.Exception));
        Assert.Contains("x-amz-mqtt5-user-properties", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_is_not_connected_is_not_found() =>
        Assert.Equal("ResourceNotFoundException", (await _data.Send("DELETE", "/connections/nobody")).Exception);

    [Theory]
    [InlineData("GET", "/things/dev/shadow")]
    [InlineData("POST", "/things/dev/shadow")]
    [InlineData("DELETE", "/things/dev/shadow")]
    [InlineData("GET", "/api/things/shadow/ListNamedShadowsForThing/dev")]
    public async Task Shadows_are_refused_with_a_remedy(string method, string path)
    {
        var answer = await _data.Send(method, path, method == "POST" ? "{}"u8.ToArray() : null);
        Assert.Equal((405, "MethodNotAllowedException"), (answer.Status, answer.Exception));
        Assert.Contains("is not part of Godwit: Godwit keeps no device shadows. Let devices report", answer.Message, StringComparison.Ordinal);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private Task<RawClient> Dial() => RawClient.Open(new IPEndPoint(IPAddress.Loopback, _server.Endpoints.MqttPlainPort!.Value));
}
