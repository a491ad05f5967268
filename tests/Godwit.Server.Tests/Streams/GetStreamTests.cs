using System.Text;
using System.Text.Json;
using Godwit.Server.Streams;

namespace Godwit.Server.Tests.Streams;

public sealed class GetStreamTests : DeviceStreamTests
{
    [Fact]
    public async Task The_classic_agents_first_request_is_answered_byte_for_byte()
    {
        var request = await AskCbor("A6 6163 63726479 6166 00 616C 191000 616F 00 6162 4107 616E 01");
        var (topic, payload) = request.Reply();
        Assert.Equal(Topic("data", "cbor"), topic);
        Assert.Equal([.. Bytes("BF 6163 63726479 6166 00 6169 00 616C 191000 6170 591000"), .. Image[..4096], 0xFF], payload);
        Assert.Equal(4120, payload.Length);
    }

    [Fact]
    public async Task The_last_block_is_short_and_says_so()
    {
        var (_, payload) = (await AskCbor("A6 6163 63726479 6166 00 616C 191000 616F 00 6162 4104 616E 01")).Reply();
        Assert.Equal([.. Bytes("BF 6163 63726479 6166 00 6169 02 616C 190710 6170 590710"), .. Image[8192..], 0xFF], payload);
        Assert.Equal(1832, payload.Length);
    }

    [Fact]
    public async Task Without_a_token_there_is_none_in_the_answer()
    {
        var (_, payload) = (await AskCbor("A3 6166 00 616C 190400 616E 01")).Reply();
        Assert.Equal([.. Bytes("BF 6166 00 6169 00 616C 190400 6170 590400"), .. Image[..1024], 0xFF], payload);
    }

    [Fact]
    public async Task The_bitmap_is_read_from_its_least_significant_bit_and_limited_by_n()
    {
        // Blocks 20, 21, 24 and 43 of 100 bytes would be 13 00 80; of 256 bytes the image has 40, so 43 is past its end.
        var request = await AskCbor("A4 6166 00 616C 190100 616F 14 6162 43130080");
        Assert.Equal([20, 21, 24], request.Replies.Select(reply => (int)(reply.Payload[6] == 0x18 ? reply.Payload[7] : reply.Payload[6])));

        var limited = await AskCbor("A5 6166 00 616C 190100 616F 14 6162 43130080 616E 02");
        Assert.Equal(2, limited.Replies.Count);
    }

    [Fact]
    public async Task The_modular_agents_four_letter_bitmap_answers_one_block_even_at_the_end()
    {
        for (var block = 0; block < 3; block++)
        {
            // MQ== as a byte string, o = the block, n = 1.
            var (_, payload) = (await AskCbor($"A6 6163 63726479 6166 00 616C 191000 616F {block:X2} 6162 44 4D513D3D 616E 01")).Reply();
            Assert.Equal(Bytes($"BF 6163 63726479 6166 00 6169 {block:X2}"), payload[..13]);
        }
    }

    [Fact]
    public async Task The_modular_agents_json_request_is_answered_in_its_member_order()
    {
        var (topic, payload) = (await AskJson("""{"s": 1,"f": 0,"l": 4096,"o": 2,"n": 1}""")).Reply();
        Assert.Equal(Topic("data", "json"), topic);
        Assert.Equal($$"""{"f":0,"l":1808,"i":2,"p":"{{Convert.ToBase64String(Image[8192..])}}"}""", Encoding.UTF8.GetString(payload));
    }

    [Fact]
    public async Task A_json_answer_carries_the_token_first_and_plus_signs_as_they_are()
    {
        var (_, payload) = (await AskJson("""{"c":"a+<b>","f":0,"l":10000,"n":1}""")).Reply();
        Assert.Equal($$"""{"c":"a+<b>","f":0,"l":10000,"i":0,"p":"{{Convert.ToBase64String(Image)}}"}""", Encoding.UTF8.GetString(payload));
    }

    [Theory]
    [InlineData("\"0x05\"")]
    [InlineData("[5]")]
    [InlineData("[5,0,0]")]
    [InlineData("\"BQ==\"")]
    public async Task A_json_bitmap_may_be_hexadecimal_an_array_or_base64(string bitmap)
    {
        var request = await AskJson($$"""{"f":0,"l":4096,"b":{{bitmap}}}""");
        Assert.Equal([0, 2], request.Replies.Select(reply => JsonDocument.Parse(reply.Payload).RootElement.GetProperty("i").GetInt32()));
    }

    [Fact]
    public async Task More_than_128_KiB_is_cut_off_in_silence()
    {
        var image = TestObjects.Image(200_000, seed: 8);
        await Server.PutObject("firmware", "big.bin", image);
        await Create("big", new StreamFileLocation(3, new S3Location("firmware", "big.bin")));
        var request = await Ask("big/get/cbor", Bytes("A3 6166 03 616C 194000 616E 0C"));
        Assert.Equal(8, request.Blocks);
        Assert.Equal(131072, request.BodyBytes);
        for (var i = 0; i < 8; i++)
            Assert.Equal(image.AsSpan(i * 16384, 16384), request.Replies[i].Payload.AsSpan(^16385..^1));
    }

    [Fact]
    public async Task One_block_of_128_KiB_has_a_four_byte_length()
    {
        await Server.PutObject("firmware", "big.bin", TestObjects.Image(847_738, seed: 8));
        await Create("big", new StreamFileLocation(0, new S3Location("firmware", "big.bin")));
        var (_, payload) = (await Ask("big/get/cbor", Bytes("A3 6166 00 616C 1A00020000 616E 01"))).Reply();
        Assert.Equal(Bytes("BF 6166 00 6169 00 616C 1A00020000 6170 5A00020000"), payload[..21]);
        Assert.Equal(21 + 131072 + 1, payload.Length);
    }

    [Fact]
    public async Task Neither_n_nor_b_means_as_much_as_one_answer_holds()
    {
        Assert.Equal(3, (await AskCbor("A2 6166 00 616C 191000")).Blocks);
    }

    [Fact]
    public async Task The_older_long_names_are_understood()
    {
        var (_, payload) = (await AskJson("""{"clientToken":"t","streamVersion":1,"fileId":0,"blockSize":4096,"blockOffset":2,"numberOfBlocks":1}""")).Reply();
        Assert.StartsWith("""{"c":"t","f":0,"l":1808,"i":2,"p":""", Encoding.UTF8.GetString(payload), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_members_nulls_and_numbers_as_text_do_no_harm()
    {
        Assert.Equal(1, (await AskJson("""{"thingName":{"x":[1,2]},"c":null,"f":"0","l":"4096","n":1,"b":null}""")).Blocks);
        // {"x": {_ "y": [_ h'', 1.0]}, "f": 0, "l": 4096, "n": 1, 2("s"): null}
        Assert.Equal(1, (await AskCbor("BF 6178 BF 6179 9F 40 FB3FF0000000000000 FF FF 6166 00 616C 191000 616E 01 6173 F6 FF")).Blocks);
    }

    [Fact]
    public async Task A_bitmap_in_chunks_is_joined()
    {
        Assert.Equal(2, (await AskCbor("A3 6166 00 616C 191000 6162 5F 4101 40 4100 FF")).Blocks + 1);
    }

    private static readonly (string Json, string Code)[] CannotBeMet =
    [
        ("""{"f":0,"l":255,"n":1}""", "BlockSizeOutOfBounds"),
        ("""{"f":0,"l":131073,"n":1}""", "BlockSizeOutOfBounds"),
        ("""{"f":0,"l":-1,"n":1}""", "BlockSizeOutOfBounds"),
        ("""{"f":0,"l":99999999999999999999999,"n":1}""", "BlockSizeOutOfBounds"),
        ("""{"f":0,"l":4096,"o":98305,"n":1}""", "OffsetOutOfBounds"),
        ("""{"f":0,"l":4096,"n":98305}""", "BlockCountLimitExceeded"),
        ("""{"f":0,"l":4096,"n":0}""", "InvalidRequest"),
        ("""{"f":0,"l":4096,"o":3,"n":1}""", "InvalidRequest"),
        ("""{"f":0,"l":4096,"b":[0]}""", "InvalidRequest"),
        ("""{"l":4096,"n":1}""", "InvalidRequest"),
        ("""{"f":0,"n":1}""", "InvalidRequest"),
        ("{}", "InvalidRequest"),
        ("", "InvalidRequest"),
        ("""{"f":1,"l":4096,"n":1}""", "ResourceNotFound"),
        ("""{"s":2,"f":0,"l":4096,"n":1}""", "VersionMismatch"),
        ("[]", "InvalidJson"),
        ("""{"f":0,""", "InvalidJson"),
        ("""{"f":0} x""", "InvalidJson"),
        ("""{"f":0.5,"l":4096}""", "InvalidJson"),
        ("""{"f":true,"l":4096}""", "InvalidJson"),
        ("""{"f":0,"l":4096,"b":"0x1"}""", "InvalidJson"),
        ("""{"c":7}""", "InvalidJson"),
        ("""{"c":"\ud800"}""", "InvalidJson"),
    ];

    [Fact]
    public async Task A_request_that_cannot_be_met_is_rejected_with_both_spellings()
    {
        foreach (var (json, code) in CannotBeMet)
        {
            var (topic, payload) = (await AskJson(json)).Reply();
            Assert.Equal(Topic("rejected", "json"), topic);
            var members = JsonDocument.Parse(payload).RootElement.EnumerateObject().ToList();
            Assert.Equal(["code", "o", "message", "m"], members.Select(member => member.Name));
            Assert.Equal((json, code, code), (json, members[0].Value.GetString(), members[1].Value.GetString()));
            Assert.Equal(members[2].Value.GetString(), members[3].Value.GetString());
        }
    }

    [Fact]
    public async Task A_rejection_echoes_a_token_that_is_good_in_both_spellings()
    {
        var (_, payload) = (await AskJson("""{"c":"tok","f":0,"l":1,"n":1}""")).Reply();
        Assert.Equal(["clientToken", "c", "code", "o", "message", "m"], JsonDocument.Parse(payload).RootElement.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task A_token_longer_than_64_bytes_is_refused_and_not_echoed()
    {
        var token = new string('ä', 33);
        var json = Encoding.UTF8.GetString((await AskJson($$"""{"c":"{{token}}","f":0,"l":4096,"n":1}""")).Reply().Payload);
        Assert.StartsWith("""{"code":"InvalidRequest","o":"InvalidRequest",""", json, StringComparison.Ordinal);
        var hex = Convert.ToHexString(Encoding.UTF8.GetBytes(token));
        var (_, cbor) = (await AskCbor($"A4 6163 7842 {hex} 6166 00 616C 191000 616E 01")).Reply();
        Assert.Equal(Bytes("BF 64636F6465 6E496E76616C696452657175657374 616F 6E496E76616C696452657175657374"), cbor[..38]);
        Assert.Equal(1, (await AskCbor($"A4 6163 7840 {hex[..128]} 6166 00 616C 191000 616E 01")).Blocks);
    }

    [Fact]
    public async Task Broken_cbor_is_told_in_AWSs_words_byte_for_byte()
    {
        var (topic, payload) = (await AskCbor("A1 6166")).Reply();
        Assert.Equal(Topic("rejected", "cbor"), topic);
        var code = $"6B {Convert.ToHexString("InvalidCbor"u8)}";
        var message = $"74 {Convert.ToHexString("Invalid CBOR message"u8)}";
        Assert.Equal(Bytes($"BF 64 {Convert.ToHexString("code"u8)} {code} 616F {code} 67 {Convert.ToHexString("message"u8)} {message} 616D {message} FF"), payload);
    }

    [Fact]
    public async Task A_bitmap_of_12288_bytes_is_too_long()
    {
        var bitmap = new byte[12288];
        bitmap[0] = 1;
        var (_, payload) = (await AskCbor($"A3 6166 00 616C 191000 6162 593000 {Convert.ToHexString(bitmap)}")).Reply();
        Assert.Contains("BlockBitmapLimitExceeded", Encoding.UTF8.GetString(payload), StringComparison.Ordinal);
        Assert.Equal(1, (await AskCbor($"A3 6166 00 616C 191000 6162 592FFF {Convert.ToHexString(bitmap[1..].Reverse().ToArray().Prepend((byte)1).Take(12287).ToArray())}")).Blocks);
    }

    [Fact]
    public async Task An_unknown_stream_is_not_found_even_under_a_hostile_name()
    {
        foreach (var name in (string[])["nothing", "../../etc", "a b\u202e", "\"}{"])
        {
            var request = await Ask($"{name.Replace("/", "_", StringComparison.Ordinal)}/get/json", """{"f":0,"l":4096,"n":1}"""u8.ToArray());
            Assert.Equal("ResourceNotFound", JsonDocument.Parse(request.Reply().Payload).RootElement.GetProperty("o").GetString());
        }
    }

    [Fact]
    public async Task A_topic_that_names_no_operation_is_rejected()
    {
        foreach (var rest in (string[])[$"{StreamId}/create/json", $"{StreamId}/get", $"{StreamId}/get/json/x"])
            Assert.Contains("InvalidTopic", Encoding.UTF8.GetString((await Ask(rest, [])).Reply().Payload), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_changed_or_went_behind_a_stream_is_refused_until_the_stream_is_updated()
    {
        Assert.Equal(1, (await AskCbor("A3 6166 00 616C 191000 616E 01")).Blocks);
        await Server.PutObject("firmware", "app.bin", TestObjects.Image(10_000, seed: 9));
        Assert.Contains("ETagMismatch", Encoding.UTF8.GetString((await AskCbor("A3 6166 00 616C 191000 616E 01")).Reply().Payload), StringComparison.Ordinal);

        await Server.RemoveObject("firmware", "app.bin");
        Assert.Contains("ResourceNotFound", Encoding.UTF8.GetString((await AskCbor("A3 6166 00 616C 191000 616E 01")).Reply().Payload), StringComparison.Ordinal);

        await Server.PutObject("firmware", "app.bin", Image);
        Assert.Equal(1, (await AskCbor("A3 6166 00 616C 191000 616E 01")).Blocks);
    }

    [Fact]
    public async Task A_stream_that_pins_a_version_is_immune_to_newer_ones()
    {
        await Server.MakeBucket("versions", versioned: true);
        var version = await Server.PutObject("versions", "app.bin", Image);
        await Create("pinned", new StreamFileLocation(0, new S3Location("versions", "app.bin", version)));
        await Server.PutObject("versions", "app.bin", TestObjects.Image(500, seed: 9));
        var (_, payload) = (await Ask("pinned/get/cbor", Bytes("A3 6166 00 616C 192710 616E 01"))).Reply();
        Assert.Equal(Image.AsSpan(), payload.AsSpan(^10_001..^1));
    }

    [Fact]
    public async Task An_update_of_the_stream_is_seen_by_the_next_request()
    {
        Assert.Equal(1, (await AskJson("""{"s":1,"f":0,"l":4096,"n":1}""")).Blocks);
        await Server.Get<UpdateStream>().Handle(TestObjects.Caller, new UpdateStream.Request { StreamId = StreamId, Description = "new" }, Ct);
        Assert.Contains("VersionMismatch", Encoding.UTF8.GetString((await AskJson("""{"s":1,"f":0,"l":4096,"n":1}""")).Reply().Payload), StringComparison.Ordinal);
        Assert.Equal(1, (await AskJson("""{"s":2,"f":0,"l":4096,"n":1}""")).Blocks);
        await Server.Get<DeleteStream>().Handle(TestObjects.Caller, new DeleteStream.Request { StreamId = StreamId }, Ct);
        Assert.Contains("ResourceNotFound", Encoding.UTF8.GetString((await AskJson("""{"s":2,"f":0,"l":4096,"n":1}""")).Reply().Payload), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_of_another_account_sees_nothing()
    {
        var request = new OtherAccountRequest($"{StreamId}/get/json", """{"f":0,"l":4096,"n":1}"""u8.ToArray());
        await Topics.Handle(request, Ct);
        Assert.Contains("ResourceNotFound", request.Payloads.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_device_holds_its_own_blocks_back_and_gets_them_all()
    {
        await AskCbor("A3 6166 00 616C 191000 616E 01");
        var slow = new TaskCompletionSource();
        var request = new FakeTopicRequest($"{StreamId}/get/cbor", Bytes("A3 6166 00 616C 191000 616E 03"), slow: slow);
        var handling = Topics.Handle(request, Ct);
        Assert.False(handling.IsCompleted);
        Assert.Equal(1, request.Blocks);
        slow.SetResult();
        await handling;
        Assert.Equal(3, request.Blocks);
    }

    private sealed class OtherAccountRequest : TopicRequest
    {
        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public OtherAccountRequest(string rest, byte[] payload)
        {
            Caller = TestObjects.Caller with { Account = TestServer.OtherKey.Account };
            (Thing, Rest, Payload, Topic) = ("dev7", rest, payload, $"$aws/things/dev7/streams/{rest}");
        }

        public List<string> Payloads { get; } = [];

        public override void Reply(string topic, ReadOnlyMemory<byte> payload) => Payloads.Add(Encoding.UTF8.GetString(payload.Span));

        public override ValueTask ReplyBlock(
            string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct) =>
            throw new InvalidOperationException("A block for another account.");
    }
}
