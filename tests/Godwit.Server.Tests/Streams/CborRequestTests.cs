using System.Formats.Cbor;
using CsCheck;
using Godwit.Core.Streams;
using Godwit.Server.Streams.Device;

namespace Godwit.Server.Tests.Streams;

public sealed class CborRequestTests
{
    [Fact]
    public void No_input_is_answered_by_an_exception() =>
        Gen.Byte.Array[0, 64].Sample(bytes =>
        {
            var rejection = CborRequest.Read(bytes, out var request);
            if (rejection is null)
                BlockPlan.For(request, 10_000, out _);
            rejection = JsonRequest.Read(bytes, out request);
            if (rejection is null)
                BlockPlan.For(request, 10_000, out _);
        }, iter: 20_000);

    [Fact]
    public void A_cut_or_bent_request_is_refused_or_read_but_never_thrown_at()
    {
        var good = Convert.FromHexString("A66163637264796166006 16C191000616F0061624107616E01".Replace(" ", "", StringComparison.Ordinal));
        for (var length = 1; length < good.Length; length++)
            Assert.Equal(StreamRejection.InvalidCbor, CborRequest.Read(good.AsMemory(0, length), out _));
        for (var i = 0; i < good.Length; i++)
        {
            for (var value = 0; value < 256; value++)
            {
                var bent = good.ToArray();
                bent[i] = (byte)value;
                CborRequest.Read(bent, out _);
            }
        }
    }

    [Theory]
    [InlineData("BBFFFFFFFFFFFFFFFF")]
    [InlineData("A1617859FFFFFF")]
    [InlineData("A161789BFFFFFFFFFFFFFFFF")]
    [InlineData("A16178BBFFFFFFFFFFFFFFFF00")]
    [InlineData("A1617AFF")]
    [InlineData("A161625B7FFFFFFFFFFFFFFF")]
    [InlineData("A16162 6430783033")]
    [InlineData("A1616C F5")]
    [InlineData("A1616C FB40B0000000000000")]
    [InlineData("A16163 61FF")]
    [InlineData("A10000")]
    [InlineData("80")]
    [InlineData("01")]
    [InlineData("FF")]
    [InlineData("BF6166")]
    [InlineData("A161625F5F4100FFFF")]
    [InlineData("A161625F6100FF")]
    public void Lengths_past_the_end_wrong_types_and_open_ends_are_invalid_cbor(string hex) =>
        Assert.Equal(StreamRejection.InvalidCbor, CborRequest.Read(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out _));

    [Fact]
    public void Nesting_without_end_is_refused() =>
        Assert.Equal(StreamRejection.InvalidCbor, CborRequest.Read((byte[])[0xA1, 0x61, 0x78, .. Enumerable.Repeat((byte)0x81, 100_000)], out _));

    [Fact]
    public void What_an_independent_encoder_writes_is_read_back() =>
        Gen.Select(Gen.Int[0, 255], Gen.Int[0, 200_000], Gen.Int[0, 100_000], Gen.Int[0, 100_000], Gen.Byte.Array[0, 200], Gen.Bool)
            .Sample((file, size, offset, count, bitmap, open) =>
            {
                var writer = new CborWriter(CborConformanceMode.Lax);
                writer.WriteStartMap(open ? null : 6);
                writer.WriteTextString("c");
                writer.WriteTextString("tök");
                foreach (var (name, value) in (ReadOnlySpan<(string, int)>)[("f", file), ("l", size), ("o", offset), ("n", count)])
                {
                    writer.WriteTextString(name);
                    writer.WriteInt32(value);
                }
                writer.WriteTextString("b");
                writer.WriteByteString(bitmap);
                writer.WriteEndMap();
                Assert.Null(CborRequest.Read(writer.Encode(), out var read));
                Assert.Equal(new BlockRequest("tök", null, file, size, offset, count, true, default), read with { Bitmap = default });
                Assert.Equal(bitmap, read.Bitmap.ToArray());
            });
}
