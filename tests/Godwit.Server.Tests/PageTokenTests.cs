using CsCheck;
using Godwit.Server;

namespace Godwit.Server.Tests;

public sealed class PageTokenTests
{
    [Fact]
    public void A_token_gives_back_the_keys_it_was_made_of() =>
        Gen.String[Gen.Char['\u0001', '\uD7FF'], 0, 40].Array[1, 4].Sample(keys =>
        {
            Assert.True(PageToken.TryRead("ListThings", PageToken.Of("ListThings", keys), keys.Length, out var read));
            Assert.Equal(keys, read);
        });

    [Fact]
    public void No_token_starts_before_every_row()
    {
        Assert.True(PageToken.TryRead("ListThings", null, 2, out var keys));
        Assert.Equal(["", ""], keys);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("00")]
    [InlineData("0000000000")]
    [InlineData("../../etc/passwd")]
    public void A_token_that_no_list_gave_is_refused(string token) => Assert.False(PageToken.TryRead("ListThings", token, 1, out _));

    [Fact]
    public void A_changed_token_is_refused() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Int[1, 255]).Sample((at, change) =>
        {
            var bytes = Convert.FromHexString(PageToken.Of("ListThings", "dev7"));
            bytes[at % bytes.Length] ^= (byte)change;
            Assert.False(PageToken.TryRead("ListThings", Convert.ToHexString(bytes), 1, out _));
        });

    [Fact]
    public void A_token_of_another_list_is_refused() =>
        Assert.False(PageToken.TryRead("ListThingGroups", PageToken.Of("ListThings", "dev7"), 1, out _));

    [Fact]
    public void A_page_ends_with_a_token_only_where_rows_remain()
    {
        var full = PageToken.Page("L", [1, 2, 3], 2, row => row * 10, row => [row.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.Equal([10, 20], full.Items);
        Assert.Equal(PageToken.Of("L", "2"), full.NextToken);
        Assert.Null(PageToken.Page("L", [1, 2], 2, row => row, _ => [""]).NextToken);
    }
}
