using CsCheck;
using Godwit.Core.Streams;

namespace Godwit.Core.Tests.Streams;

public class BlockBitmapTests
{
    [Fact]
    public void The_next_set_bit_is_what_a_bit_by_bit_walk_finds() =>
        Gen.Select(Gen.OneOf(Gen.Byte, Gen.Const((byte)0)).Array[0, 60], Gen.Int[0, 500]).Sample((bitmap, from) =>
        {
            var expected = -1;
            for (var i = from; i < bitmap.Length * 8 && expected < 0; i++)
            {
                if (BlockBitmap.IsSet(bitmap, i))
                    expected = i;
            }

            Assert.Equal(expected, BlockBitmap.NextSet(bitmap, from));
        });

    [Fact]
    public void A_full_map_holds_its_blocks_and_no_more() =>
        Gen.Int[1, 300].Sample(blocks =>
        {
            var bitmap = BlockBitmap.All(blocks);
            Assert.Equal((blocks + 7) / 8, bitmap.Length);
            for (var i = 0; i < bitmap.Length * 8; i++)
                Assert.Equal(i < blocks, BlockBitmap.IsSet(bitmap, i));
            BlockBitmap.Clear(bitmap, blocks - 1);
            Assert.False(BlockBitmap.IsSet(bitmap, blocks - 1));
            BlockBitmap.Set(bitmap, blocks - 1);
            Assert.True(BlockBitmap.IsSet(bitmap, blocks - 1));
        });
}
