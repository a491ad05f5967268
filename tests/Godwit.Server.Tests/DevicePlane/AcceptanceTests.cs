using System.Formats.Cbor;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MQTTnet.Protocol;

namespace Godwit.Server.Tests.DevicePlane;

/// <summary>
/// What a device in the field relies on, seen from its end of the wire: updates made by CreateOTAUpdate, devices by an MQTT library of other people, through TLS,
/// policies, broker, jobs, streams and downloads together. The numbers are those of the acceptance checklist.
/// </summary>
public sealed class AcceptanceTests(AcceptanceFleet fleet) : IClassFixture<AcceptanceFleet>
{
    private const int Block = 4096;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Checklist_1_a_device_that_subscribes_to_nothing_gets_job_and_blocks_once_each()
    {
        await using var device = await (await fleet.Register("bare")).Connect();
        var image = TestObjects.Image(10_000);
        await fleet.CreateUpdate("bare", image);

        var file = FileOf(await device.Ask($"{device.T}/start-next", """{"clientToken":"test"}"""), out var document);
        var stream = device.X(document.GetProperty("streamname").GetString()!);
        var got = new List<byte>();
        for (var o = 0; o < 3; o++)
        {
            await device.Publish($"{stream}/get/json", $$"""{"s": 1,"f": {{file.GetProperty("fileid").GetInt32()}},"l": 4096,"o": {{o}},"n": 1}""");
            var block = await device.NextJson($"{stream}/data/json");
            Assert.Equal(o, block.GetProperty("i").GetInt32());
            got.AddRange(block.GetProperty("p").GetBytesFromBase64());
        }

        Assert.Equal(image, got);
        await device.NothingMore();
    }

    [Fact]
    public async Task Checklist_2_and_6_overlapping_filters_bring_a_reply_once_and_what_lies_below_is_no_echo()
    {
        await using var device = await (await fleet.Register("wide")).Connect();
        await device.Subscribe($"{device.T}/$next/get/#");
        await device.Publish($"{device.T}/$next/get", "{}");
        await device.Next($"{device.T}/$next/get/accepted");
        await device.NothingMore();

        await device.Subscribe($"{device.T}/#");
        await device.Subscribe($"{device.T}/$next/get/accepted", MqttQualityOfServiceLevel.AtMostOnce);
        await device.Publish($"{device.T}/$next/get", "{}");

        // T/# is the audience of the request itself as well.
        string[] seen = [await device.NextTopic(), await device.NextTopic()];
        Assert.Equal([$"{device.T}/$next/get", $"{device.T}/$next/get/accepted"], seen.Order());
        await device.NothingMore();
    }

    [Theory]
    [InlineData("\"2\"")]
    [InlineData("2")]
    public async Task Checklist_3_and_4_start_next_twice_keeps_version_2_and_the_expected_version_may_be_text(string expected)
    {
        var thing = $"modular{expected.Length}";
        await using var device = await (await fleet.Register(thing)).Connect();
        var order = await fleet.CreateUpdate(thing, TestObjects.Image(1000));

        for (var boot = 0; boot < 2; boot++)
        {
            var execution = (await device.Ask($"{device.T}/start-next", """{"clientToken":"test"}""")).GetProperty("execution");
            Assert.Equal(("IN_PROGRESS", 2), (execution.GetProperty("status").GetString(), execution.GetProperty("versionNumber").GetInt32()));
            await device.Connect();
        }
        await device.Ask($"{device.T}/{order.JobId}/update", $$"""{"status":"SUCCEEDED","expectedVersion":{{expected}}}""");

        var empty = await device.Ask($"{device.T}/start-next", """{"clientToken":"test"}""");
        // Checklist 24: a reply without execution says that there is nothing to do.
        Assert.Equal(["clientToken", "timestamp"], empty.EnumerateObject().Select(member => member.Name).Order());
    }

    [Fact]
    public async Task Checklist_5_every_time_on_the_device_plane_has_ten_digits()
    {
        await using var device = await (await fleet.Register("clock")).Connect();
        await device.Subscribe($"{device.T}/notify");
        await device.Subscribe($"{device.T}/notify-next");
        var order = await fleet.CreateUpdate("clock", TestObjects.Image(1000));

        var seen = new List<JsonElement> { await device.NextJson($"{device.T}/notify"), await device.NextJson($"{device.T}/notify-next") };
        seen.Add(await device.Ask($"{device.T}/get", "{}"));
        seen.Add(await device.Ask($"{device.T}/$next/get", ""));
        seen.Add(await device.Ask($"{device.T}/start-next", "{}"));
        seen.Add(await device.Ask($"{device.T}/{order.JobId}/get", "{}"));
        seen.Add(await device.Ask($"{device.T}/{order.JobId}/update", """{"status":"IN_PROGRESS","includeJobExecutionState":true}"""));
        seen.Add(await device.Ask($"{device.T}/{order.JobId}/update", """{"status":"IN_PROGRESS","expectedVersion":1}""", "rejected"));

        foreach (var (name, value) in seen.SelectMany(Members).Where(member => member.Name == "timestamp" || member.Name.EndsWith("At", StringComparison.Ordinal)))
            Assert.Matches("^[0-9]{10}$", $"{value.GetRawText()}");
        Assert.All(seen, message => Assert.True(message.TryGetProperty("timestamp", out _)));
    }

    [Fact]
    public async Task Checklist_7_the_urls_of_a_document_stand_as_they_are_on_the_public_host_and_all_fits_in_4_KiB()
    {
        await using var own = await AcceptanceFleet.Start(options => options with { PublicUrl = "https://files.example" });
        await using var device = await (await own.Register("url")).Connect();
        await own.CreateUpdate("url", TestObjects.Image(1000), "MQTT", "HTTP");

        await device.Publish($"{device.T}/$next/get", "{}");
        var text = await device.NextText($"{device.T}/$next/get/accepted");

        Assert.DoesNotContain("\\", text, StringComparison.Ordinal);
        Assert.True(text.Length < 4096, $"{text.Length} bytes");
        var url = FileOf(JsonDocument.Parse(text).RootElement, out _).GetProperty("update_data_url").GetString()!;
        Assert.StartsWith("https://files.example/", url, StringComparison.Ordinal);
        Assert.Contains("&X-Amz-Signature=", text, StringComparison.Ordinal);
        Assert.True(url.Length <= 1500, url);
    }

    [Fact]
    public async Task Checklist_8_an_empty_token_is_echoed_and_members_of_nobodys_are_ignored()
    {
        await using var device = await (await fleet.Register("token")).Connect();
        var order = await fleet.CreateUpdate("token", TestObjects.Image(1000));

        var answer = await device.Ask(
            $"{device.T}/{order.JobId}/update", """{"thingName":"token","jobId":"x","status":"IN_PROGRESS","statusDetails":{"receive":"1/3"},"clientToken":""}""");

        Assert.Equal("", answer.GetProperty("clientToken").GetString());
        Assert.Equal(["clientToken", "timestamp"], answer.EnumerateObject().Select(member => member.Name).Order());
    }

    [Fact]
    public async Task Checklist_9_a_block_fits_in_the_smallest_agents_buffer()
    {
        const string thing = "twenty-characters-xx";
        await using var device = await (await fleet.Register(thing)).Connect();
        var image = TestObjects.Image(10_000);
        await fleet.CreateUpdate(thing, image);
        var stream = await StreamOf(device);
        await device.Subscribe($"{stream}/data/cbor", MqttQualityOfServiceLevel.AtMostOnce);

        byte[] request = [0xA6, 0x61, 0x63, 0x63, .. "rdy"u8, 0x61, 0x66, 0x00, 0x61, 0x6C, 0x19, 0x10, 0x00, 0x61, 0x6F, 0x00, 0x61, 0x62, 0x41, 0x07, 0x61, 0x6E, 0x03];
        await device.Publish($"{stream}/get/cbor", request);

        for (var i = 0; i < 3; i++)
        {
            var payload = await device.Next($"{stream}/data/cbor");
            // The remaining length of a PUBLISH at QoS 0: two bytes, the topic, the payload.
            var packet = 2 + Encoding.UTF8.GetByteCount($"{stream}/data/cbor") + payload.Length;
            Assert.True(packet <= Block + 128, $"{packet} bytes");
            var bytes = image[(i * Block)..Math.Min((i + 1) * Block, image.Length)];
            Assert.Equal(bytes, ReadBlock(payload, "rdy", i));
        }
        await device.NothingMore();
    }

    [Fact]
    public async Task Checklist_10_to_13_requests_at_the_edges_are_answered_as_agents_expect()
    {
        await using var device = await (await fleet.Register("edges")).Connect();
        var image = TestObjects.Image((70 * Block) + 5);
        await fleet.CreateUpdate("edges", image);
        var stream = await StreamOf(device);

        // 10: the four letters MQ== as a bitmap, at the last block: bits behind the end are no error.
        await device.Publish($"{stream}/get/cbor", CborGet(Block, offset: 70, "MQ=="u8, count: 1));
        Assert.Equal(image[(70 * Block)..], ReadBlock(await device.Next($"{stream}/data/cbor"), token: null, 70));

        // 11 and 12: rejected with both spellings of each key.
        foreach (var (asked, code) in ((string, string)[])[
            ("""{"s":2,"f":0,"l":4096,"o":0,"n":1,"c":"t"}""", "VersionMismatch"),
            ("""{"f":0,"l":255,"o":0,"n":1,"c":"t"}""", "BlockSizeOutOfBounds"),
            ("""{"f":0,"l":131073,"o":0,"n":1,"c":"t"}""", "BlockSizeOutOfBounds")])
        {
            await device.Publish($"{stream}/get/json", asked);
            var rejected = await device.NextJson($"{stream}/rejected/json");
            Assert.Equal((code, code, "t", "t"), (Text(rejected, "code"), Text(rejected, "o"), Text(rejected, "c"), Text(rejected, "clientToken")));
            Assert.Equal(Text(rejected, "message"), Text(rejected, "m"));
        }

        // 13: one request is answered by 128 KiB at most, and the rest left out in silence.
        await device.Publish($"{stream}/get/json", """{"f":0,"l":4096,"o":3,"n":98304}""");
        for (var i = 3; i < 3 + 32; i++)
            Assert.Equal(i, (await device.NextJson($"{stream}/data/json")).GetProperty("i").GetInt32());
        await device.NothingMore();
    }

    [Fact]
    public async Task Checklist_14_a_download_answers_206_403_and_416_with_short_heads()
    {
        await using var device = await (await fleet.Register("http")).Connect();
        var image = TestObjects.Image(10_000);
        await fleet.CreateUpdate("http", image, "HTTP");
        var url = FileOf(await device.Ask($"{device.T}/$next/get", "{}"), out var document).GetProperty("update_data_url").GetString()!;
        Assert.False(document.TryGetProperty("streamname", out _));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        var got = new List<byte>();
        for (var from = 0; from < image.Length; from += Block)
            got.AddRange(await Download(url, from, Math.Min(from + Block, image.Length) - 1, HttpStatusCode.PartialContent));
        Assert.Equal(image, got);
        await Download(url, image.Length, image.Length + 1, HttpStatusCode.RequestedRangeNotSatisfiable);
        await Download(url[..^4] + "0000", 0, 1, HttpStatusCode.Forbidden);

        async Task<byte[]> Download(string address, int first, int last, HttpStatusCode expected)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Range = new RangeHeaderValue(first, last) } };
            using var answer = await http.SendAsync(request, Ct);
            Assert.Equal(expected, answer.StatusCode);
            var head = answer.Headers.ToString().Length + answer.Content.Headers.ToString().Length;
            Assert.True(head < 1000, $"{head} bytes of headers");
            if (expected == HttpStatusCode.PartialContent)
                Assert.Equal($"bytes {first}-{last}/{image.Length}", answer.Content.Headers.ContentRange!.ToString());
            return await answer.Content.ReadAsByteArrayAsync(Ct);
        }
    }

    [Fact]
    public async Task Checklist_23_what_a_device_reported_before_its_reboot_comes_back_even_if_the_service_was_restarted_too()
    {
        await using var own = await AcceptanceFleet.Start();
        await using var device = await (await own.Register("reboot")).Connect();
        var order = await own.CreateUpdate("reboot", TestObjects.Image(1000));
        await device.Ask($"{device.T}/{order.JobId}/update", """{"status":"IN_PROGRESS","statusDetails":{"self_test":"ready","updatedBy":"0x00090002"}}""");

        await own.Restart();
        await device.Connect();

        var execution = (await device.Ask($"{device.T}/$next/get", """{"clientToken":":reboot"}""")).GetProperty("execution");
        Assert.Equal((order.JobId, "IN_PROGRESS"), (Text(execution, "jobId"), Text(execution, "status")));
        Assert.Equal("""{"self_test":"ready","updatedBy":"0x00090002"}""", execution.GetProperty("statusDetails").GetRawText());
    }

    [Theory]
    [InlineData("0x000000e3: 0x00000000")]
    [InlineData("rejected: 0x00000010")]
    public async Task A_failure_is_kept_in_the_agents_own_words_and_ends_the_job(string reason)
    {
        var thing = $"failing{reason.Length}";
        await using var device = await (await fleet.Register(thing)).Connect();
        await device.Subscribe($"{device.T}/notify-next");
        var order = await fleet.CreateUpdate(thing, TestObjects.Image(1000));
        // The push of its creation is on its way by itself; it must not be taken for the push of the failure.
        Assert.True((await device.NextJson($"{device.T}/notify-next")).TryGetProperty("execution", out _));

        await device.Ask($"{device.T}/{order.JobId}/update", $$$"""{"status":"FAILED","statusDetails":{"reason":"{{{reason}}}"}}""");
        Assert.Equal(["timestamp"], (await device.NextJson($"{device.T}/notify-next")).EnumerateObject().Select(member => member.Name));

        using var iot = fleet.Server.Client("iot");
        var shown = (await iot.Get($"/things/{thing}/jobs/{order.JobId}")).Json.GetProperty("execution");
        Assert.Equal(("FAILED", reason), (Text(shown, "status"), Text(shown.GetProperty("statusDetails").GetProperty("detailsMap"), "reason")));
    }

    private static async Task<string> StreamOf(AcceptanceDevice device)
    {
        FileOf(await device.Ask($"{device.T}/$next/get", "{}"), out var document);
        return device.X(document.GetProperty("streamname").GetString()!);
    }

    private static JsonElement FileOf(JsonElement reply, out JsonElement document)
    {
        document = reply.GetProperty("execution").GetProperty("jobDocument").GetProperty("afr_ota");
        return document.GetProperty("files")[0];
    }

    private static string? Text(JsonElement of, string member) => of.GetProperty(member).GetString();

    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement of) => of.ValueKind switch
    {
        JsonValueKind.Object => of.EnumerateObject().SelectMany(member => Members(member.Value).Prepend((member.Name, member.Value))),
        JsonValueKind.Array => of.EnumerateArray().SelectMany(Members),
        _ => [],
    };

    private static byte[] CborGet(int block, int offset, ReadOnlySpan<byte> bitmap, int count)
    {
        var cbor = new CborWriter();
        cbor.WriteStartMap(5);
        foreach (var (key, value) in ((string, int)[])[("f", 0), ("l", block), ("o", offset), ("n", count)])
        {
            cbor.WriteTextString(key);
            cbor.WriteInt32(value);
        }
        cbor.WriteTextString("b");
        cbor.WriteByteString(bitmap);
        cbor.WriteEndMap();
        return cbor.Encode();
    }

    /// <summary>The bytes of a data message, read strictly: known members, in AWS's order, and nothing behind them.</summary>
    private static byte[] ReadBlock(byte[] payload, string? token, int index)
    {
        var cbor = new CborReader(payload);
        cbor.ReadStartMap();
        if (token is not null)
            Assert.Equal(("c", token), (cbor.ReadTextString(), cbor.ReadTextString()));
        Assert.Equal(("f", 0), (cbor.ReadTextString(), cbor.ReadInt32()));
        Assert.Equal(("i", index), (cbor.ReadTextString(), cbor.ReadInt32()));
        Assert.Equal("l", cbor.ReadTextString());
        var length = cbor.ReadInt32();
        Assert.Equal("p", cbor.ReadTextString());
        var bytes = cbor.ReadByteString();
        cbor.ReadEndMap();
        Assert.Equal((length, 0), (bytes.Length, cbor.BytesRemaining));
        return bytes;
    }
}
