using CsCheck;
using Godwit.Core.Streams;

namespace Godwit.Core.Tests.Streams;

public class BlockPlanTests
{
    private static readonly StreamInfo Stream = new(
        "AFR_OTA-s", 1, null, [new StreamFile(0, "bucket", "key", null, 10_000, "etag")], "role", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);

    [Fact]
    public void The_worked_example_of_the_guide_gives_its_four_blocks()
    {
        var request = Ask(256, offset: 20, bitmap: [0x13, 0x00, 0x80]);
        Assert.Equal([20, 21, 24, 43], Indexes(request, 1_000_000));
    }

    [Fact]
    public void The_last_block_is_short_and_never_padded()
    {
        Assert.Null(BlockPlan.For(Ask(4096, bitmap: [0b100]), Stream, out var file, out var plan));
        var blocks = plan.GetEnumerator();
        Assert.True(blocks.MoveNext());
        Assert.Equal(new Block(2, 8192, 1808), blocks.Current);
        Assert.False(blocks.MoveNext());
        Assert.Equal(0, file!.FileId);
    }

    [Fact]
    public void The_map_of_the_modular_agent_answers_exactly_the_block_at_its_offset()
    {
        foreach (var block in (int[])[0, 1, 2])
            Assert.Equal([block], Indexes(Ask(4096, offset: block, count: 1, bitmap: "MQ=="u8.ToArray()), 10_000));
    }

    [Fact]
    public void A_bitmap_past_the_end_answers_what_is_there() =>
        Assert.Equal([2], Indexes(Ask(4096, offset: 2, bitmap: [0xFF, 0xFF]), 10_000));

    [Fact]
    public void A_request_that_lies_wholly_past_the_end_is_out_of_range()
    {
        foreach (var request in (BlockRequest[])[Ask(4096, offset: 3), Ask(4096, bitmap: [0]), Ask(4096, bitmap: []), Ask(4096, offset: 3, bitmap: [1])])
            Assert.Equal(StreamRejection.OutOfRange, BlockPlan.For(request, 10_000, out _));
        Assert.Equal(StreamRejection.OutOfRange, BlockPlan.For(Ask(4096), 0, out _));
    }

    [Theory]
    [InlineData(4096, 32)]
    [InlineData(131072, 1)]
    [InlineData(100_000, 1)]
    [InlineData(256, 512)]
    public void One_answer_holds_128_KiB_at_most(int blockSize, int blocks)
    {
        Assert.Equal(blocks, Indexes(Ask(blockSize, count: 98304), 1L << 30).Count);
        Assert.Equal(blocks, Indexes(Ask(blockSize), 1L << 30).Count);
        Assert.Equal(blocks, Indexes(Ask(blockSize, bitmap: BlockBitmap.All(1000)), 1L << 30).Count);
    }

    [Theory]
    [InlineData(255, 0, 1, "BlockSizeOutOfBounds")]
    [InlineData(131073, 0, 1, "BlockSizeOutOfBounds")]
    [InlineData(long.MinValue, 0, 1, "BlockSizeOutOfBounds")]
    [InlineData(4096, 98305, 1, "OffsetOutOfBounds")]
    [InlineData(4096, -1, 1, "OffsetOutOfBounds")]
    [InlineData(4096, 0, 98305, "BlockCountLimitExceeded")]
    [InlineData(4096, 0, -1, "BlockCountLimitExceeded")]
    [InlineData(4096, long.MaxValue, 1, "OffsetOutOfBounds")]
    [InlineData(4096, 0, 0, "InvalidRequest")]
    public void A_number_out_of_bounds_has_its_own_code(long size, long offset, long count, string code) =>
        Assert.Equal(code, BlockPlan.For(new BlockRequest(null, null, 0, size, offset, count, false, default), Stream, out _, out _)?.Code);

    [Fact]
    public void The_largest_bounds_are_inside()
    {
        Assert.Null(BlockPlan.For(Ask(131072, offset: 98304, count: 98304), long.MaxValue / 2, out _));
        Assert.Null(BlockPlan.For(Ask(256, bitmap: BlockBitmap.All(12287 * 8)), 1 << 30, out _));
        Assert.Equal("BlockBitmapLimitExceeded", BlockPlan.For(Ask(256, bitmap: new byte[12288]), 1 << 30, out _)?.Code);
    }

    [Fact]
    public void A_stated_version_must_be_the_current_one_and_the_file_must_be_there()
    {
        Assert.Equal("VersionMismatch", BlockPlan.For(Ask(4096) with { StreamVersion = 2 }, Stream, out _, out _)?.Code);
        Assert.Null(BlockPlan.For(Ask(4096) with { StreamVersion = 1 }, Stream, out _, out _));
        Assert.Equal("ResourceNotFound", BlockPlan.For(Ask(4096) with { FileId = 1 }, Stream, out _, out _)?.Code);
        Assert.Equal("InvalidRequest", BlockPlan.For(Ask(4096) with { FileId = 256 }, Stream, out _, out _)?.Code);
        Assert.Equal("InvalidRequest", BlockPlan.For(Ask(4096) with { BlockSize = null }, Stream, out _, out _)?.Code);
    }

    [Fact]
    public void A_client_token_holds_64_bytes_of_UTF8()
    {
        Assert.Null(StreamRejection.CheckClientToken(new string('é', 32)));
        Assert.Equal("InvalidRequest", StreamRejection.CheckClientToken(new string('é', 33))?.Code);
    }

    [Fact]
    public void A_count_of_zero_beside_a_bitmap_caps_nothing() => Assert.Equal([0, 1], Indexes(Ask(4096, count: 0, bitmap: [3]), 10_000));

    [Fact]
    public void The_plan_agrees_with_a_plain_reference() =>
        Gen.Select(Gen.Int[256, 131072], Gen.Int[0, 200], Gen.Int[0, 200].Nullable(), Gen.Byte.Array[0, 40].Null(), Gen.Long[0, 20_000_000])
            .Sample((size, offset, count, bitmap, fileSize) =>
            {
                var request = Ask(size, offset, count, bitmap);
                var expected = Reference(size, offset, count, bitmap, fileSize);
                var rejected = BlockPlan.For(request, fileSize, out var plan);
                if (expected.Count == 0)
                {
                    Assert.Equal("InvalidRequest", rejected?.Code);
                    return;
                }

                Assert.Null(rejected);
                var found = new List<Block>();
                foreach (var block in plan)
                    found.Add(block);
                Assert.Equal(expected, found);
            }, iter: 20_000);

    [Fact]
    public void Walking_a_plan_allocates_nothing()
    {
        var request = Ask(256, bitmap: BlockBitmap.All(512));
        long Walk()
        {
            BlockPlan.For(request, Stream.Files[0].Size, out var plan);
            var sum = 0L;
            foreach (var block in plan)
                sum += block.Length;
            return sum;
        }

        Walk();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Walk();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void An_updated_stream_has_the_next_version_and_keeps_what_was_not_given()
    {
        var updated = Stream.Updated("new", null, null, DateTimeOffset.UnixEpoch.AddDays(1)).Value;
        Assert.Equal((2, "new", Stream.Files, "role"), (updated.Version, updated.Description, updated.Files, updated.RoleArn));
        Assert.Equal("LimitExceededException", (Stream with { Version = 65535 }).Updated(null, null, null, default).Error?.Code);
        Assert.Equal("InvalidRequestException", StreamInfo.CheckFileIds([0, 1, 0])?.Code);
        Assert.Null(StreamInfo.CheckFileIds([0, 1]));
    }

    private static List<Block> Reference(int size, int offset, int? count, byte[]? bitmap, long fileSize)
    {
        var wanted = new List<long>();
        if (bitmap is null)
        {
            for (long i = 0; i < (count ?? 131072 / size); i++)
                wanted.Add(offset + i);
        }
        else
        {
            for (var i = 0; i < bitmap.Length * 8; i++)
            {
                if ((bitmap[i / 8] >> (i % 8) & 1) == 1)
                    wanted.Add(offset + i);
            }
        }

        return [.. wanted.Where(i => i * size < fileSize)
            .Take(count is null or 0 ? int.MaxValue : count.Value)
            .Take(131072 / size)
            .Select(i => new Block((int)i, i * size, (int)Math.Min(size, fileSize - i * size)))];
    }

    private static List<int> Indexes(BlockRequest request, long fileSize)
    {
        Assert.Null(BlockPlan.For(request, fileSize, out var plan));
        var indexes = new List<int>();
        foreach (var block in plan)
            indexes.Add(block.Index);
        Assert.Equal(indexes.Count, plan.CountBlocks());
        return indexes;
    }

    private static BlockRequest Ask(int size, int offset = 0, int? count = null, byte[]? bitmap = null) =>
        new("rdy", null, 0, size, offset, count, bitmap is not null, bitmap);
}
