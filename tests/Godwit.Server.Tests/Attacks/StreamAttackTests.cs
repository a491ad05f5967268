using System.Formats.Cbor;
using System.Text;
using System.Text.Json;
using Godwit.Server.Streams;
using Godwit.Server.Tests.Streams;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A15: requests for blocks that are not there, not its own, or far too many. What is answered is the image's own bytes, never more than one answer may hold.</summary>
public sealed class StreamAttackTests : DeviceStreamTests
{
    private const int AnswerBytesMax = 131_072;

    private static readonly long[] s_numbers = [-1, 0, 1, 255, 256, 4096, 98_304, 98_305, 131_072, 131_073, int.MaxValue, 1L << 31, 1L << 32, long.MaxValue, long.MinValue];

    [Fact]
    public async Task A15_every_number_at_and_beyond_its_edges_is_answered_with_blocks_of_the_image_or_rejected()
    {
        var (asked, rejected) = (0, 0);
        foreach (var file in (long[])[0, 1, -1, 256, 1L << 32])
            foreach (var size in s_numbers)
                foreach (var offset in s_numbers)
                    foreach (var count in (long[])[1, 0, 1_000_000, 98_304, -1, long.MaxValue])
                    {
                        var answer = await Ask($"{StreamId}/get/cbor", Cbor(file, size, offset, count, asked % 3 == 0 ? [0xFF, 0xFF] : null));
                        rejected += Check(answer, "cbor", size) ? 0 : 1;
                        asked++;
                    }

        Assert.InRange(asked, 2000, 10_000);
        Assert.InRange(rejected, 2000, asked - 10);
    }

    [Theory]
    [InlineData("""{"f":0,"l":1e9,"o":0,"n":1}""")]
    [InlineData("""{"f":0,"l":256.5,"o":0,"n":1}""")]
    [InlineData("""{"f":0,"l":99999999999999999999999999,"o":0,"n":1}""")]
    [InlineData("""{"f":0,"l":4096,"o":-0,"n":[1]}""")]
    [InlineData("""{"f":{"__proto__":0},"l":4096,"o":0,"n":1}""")]
    [InlineData("""{"f":0,"l":4096,"o":18446744073709551616,"n":1}""")]
    [InlineData("""[{"f":0,"l":4096}]""")]
    public async Task A15_numbers_that_are_none_are_rejected(string json) => Assert.False(Check(await AskJson(json), "json", 4096));

    [Fact]
    public async Task A15_a_huge_bitmap_and_a_million_blocks_are_one_answer_or_none()
    {
        await Server.PutObject("firmware", "large.bin", TestObjects.Image(3_000_000));
        await Create("large", new StreamFileLocation(0, new S3Location("firmware", "large.bin")));
        foreach (var (bytes, answered) in new[] { (1, true), (1_000, true), (12_287, true), (12_288, false), (100_000, false) })
        {
            var bitmap = new byte[bytes];
            Array.Fill(bitmap, (byte)0xFF);
            var answer = await Ask("large/get/cbor", Cbor(0, 256, 0, 98_304, bitmap));
            Assert.Equal(answered, answer.Blocks > 0);
            Assert.InRange(answer.BodyBytes, 0, AnswerBytesMax);
        }

        Assert.Equal(AnswerBytesMax / 4096, (await Ask("large/get/cbor", Cbor(0, 4096, 0, 98_304, null))).Blocks);
    }

    [Fact]
    public async Task A15_other_streams_and_files_are_not_found_whatever_they_are_called()
    {
        await Create("other", new StreamFileLocation(7, new S3Location("firmware", "app.bin")));
        foreach (var stream in (string[])[
                     "nobodys", StreamId.ToLowerInvariant(), StreamId + " ", StreamId[..^1], "*", "?", "..", "../" + StreamId, "%2e%2e", "other%00", "__proto__", "' OR '1'='1", new string('x', 200)])
        {
            foreach (var format in (string[])["cbor", "json"])
            {
                var answer = await Ask($"{stream}/get/{format}", format == "cbor" ? Cbor(0, 4096, 0, 1, null) : """{"f":0,"l":4096,"o":0,"n":1}"""u8.ToArray());
                Assert.Equal(0, answer.Blocks);
                Assert.EndsWith($"/rejected/{format}", answer.Reply().Topic, StringComparison.Ordinal);
            }
        }

        Assert.Equal(0, (await Ask("other/get/cbor", Cbor(0, 4096, 0, 1, null))).Blocks);
        Assert.Equal(1, (await Ask("other/get/cbor", Cbor(7, 4096, 0, 1, null))).Blocks);
    }

    /// <summary>True for blocks, false for a rejection with a code; anything else fails.</summary>
    private static bool Check(FakeTopicRequest answer, string format, long size)
    {
        Assert.InRange(answer.BodyBytes, 0, AnswerBytesMax);
        if (answer.Blocks == 0)
        {
            var (topic, payload) = answer.Reply();
            Assert.EndsWith($"/rejected/{format}", topic, StringComparison.Ordinal);
            Assert.NotEmpty(format == "json" ? JsonDocument.Parse(payload).RootElement.GetProperty("code").GetString()! : Encoding.UTF8.GetString(payload));
            return false;
        }

        foreach (var (topic, payload) in answer.Replies)
        {
            Assert.EndsWith($"/data/{format}", topic, StringComparison.Ordinal);
            var (index, bytes) = BlockOf(payload);
            Assert.True(Image.AsSpan((int)(index * size), bytes.Length).SequenceEqual(bytes));
        }

        return true;
    }

    private static (long Index, byte[] Bytes) BlockOf(byte[] payload)
    {
        var (index, bytes) = (0L, Array.Empty<byte>());
        var reader = new CborReader(payload, CborConformanceMode.Lax);
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            switch (reader.ReadTextString())
            {
                case "i":
                    index = reader.ReadInt64();
                    break;
                case "p":
                    bytes = reader.ReadByteString();
                    break;
                default:
                    reader.SkipValue();
                    break;
            }
        }

        return (index, bytes);
    }

    private static byte[] Cbor(long file, long size, long offset, long count, byte[]? bitmap)
    {
        var writer = new CborWriter();
        writer.WriteStartMap(null);
        foreach (var (name, value) in new[] { ("f", file), ("l", size), ("o", offset), ("n", count) })
        {
            writer.WriteTextString(name);
            writer.WriteInt64(value);
        }

        if (bitmap is not null)
        {
            writer.WriteTextString("b");
            writer.WriteByteString(bitmap);
        }

        writer.WriteEndMap();
        return writer.Encode();
    }
}
