using CsCheck;
using Godwit.Core.FleetIndexing;

namespace Godwit.Core.Tests.FleetIndexing;

public sealed class IndexQueryReaderTests
{
    private static readonly IndexSchema Schema = IndexSchema.Things(connectivity: true, shadows: false);

    private static readonly IndexedDocument Thing = new()
    {
        Name = "tv-77",
        Id = "0f5a",
        ThingType = "Screen",
        Groups = ["Hall", "north:1"],
        Attributes = new Dictionary<string, string> { ["model"] = "HP.2", ["temperature"] = "75.5", ["serial"] = "a_b%c", ["rev"] = "-3" },
        Version = 4,
        Connected = true,
        ConnectivityTimestamp = 1_700_000_000_000,
    };

    [Theory]
    [InlineData("*", true)]
    [InlineData("thingName:tv-77", true)]
    [InlineData("thingName:TV-77", true)]
    [InlineData("thingName:tv*", true)]
    [InlineData("thingName:tv-7?", true)]
    [InlineData("thingName:t*7", true)]
    [InlineData("thingName:tv", false)]
    [InlineData("thingName:\"tv-77\"", true)]
    [InlineData("thingName:\"tv*\"", false)]
    [InlineData("tv*", true)]
    [InlineData("screen", true)]
    [InlineData("hp.2", true)]
    [InlineData("hall", true)]
    [InlineData("nowhere", false)]
    [InlineData("thingGroupNames:north\\:1", true)]
    [InlineData("thingGroupNames:north:1", true)]
    [InlineData("attributes.serial:a_b%c", true)]
    [InlineData("attributes.serial:aXb%c", false)]
    [InlineData("attributes.temperature>75", true)]
    [InlineData("attributes.temperature > 75.5", false)]
    [InlineData("attributes.temperature>=75.5", true)]
    [InlineData("attributes.temperature<100", true)]
    [InlineData("attributes.temperature:[60 TO 80]", true)]
    [InlineData("attributes.temperature:{75.5 TO 80]", false)]
    [InlineData("attributes.temperature:[75.5 TO 80}", true)]
    [InlineData("attributes.temperature:[* TO 9]", false)]
    [InlineData("attributes.temperature:[9 TO *]", true)]
    [InlineData("attributes.rev:[-5 TO -1]", true)]
    [InlineData("attributes.rev:-3", true)]
    [InlineData("attributes.model:[hp TO hq]", true)]
    [InlineData("attributes.model>5", false)]
    [InlineData("attributes.model:*", true)]
    [InlineData("attributes.colour:*", false)]
    [InlineData("NOT attributes.colour:*", true)]
    [InlineData("-attributes.colour:red", true)]
    [InlineData("thingName:tv* AND attributes.model:hp.2", true)]
    [InlineData("thingName:tv* attributes.model:hp.3", false)]
    [InlineData("thingName:x* OR attributes.model:hp.2", true)]
    [InlineData("thingName:x* AND attributes.model:hp.2 OR thingTypeName:screen", true)]
    [InlineData("thingName:x* AND (attributes.model:hp.2 OR thingTypeName:screen)", false)]
    [InlineData("thingName:(tv* AND -plasma)", true)]
    [InlineData("thingName:(x OR y OR tv-77)", true)]
    [InlineData("connectivity.connected:true", true)]
    [InlineData("connectivity.connected:false", false)]
    [InlineData("connectivity.timestamp>1600000000000", true)]
    [InlineData("connectivity.disconnectReason:*", false)]
    [InlineData("registry.version:4", true)]
    [InlineData("registry.version<4", false)]
    [InlineData("  (  thingName:tv* )  ", true)]
    public void A_query_finds_what_it_says(string query, bool finds)
    {
        var read = IndexQueryReader.Read(query, Schema);
        Assert.True(read.IsOk, read.Error?.Message);
        Assert.Equal(finds, Thing.Fits(read.Value));
    }

    [Theory]
    [InlineData("thingName:", "a value is missing")]
    [InlineData("", "a term is missing")]
    [InlineData("thingName:a AND", "a term is missing")]
    [InlineData("AND thingName:a", "a term is missing before AND or OR")]
    [InlineData("(thingName:a", "a parenthesis is not closed")]
    [InlineData("thingName:a)", "')' closes nothing")]
    [InlineData("thingName:*a", "must not begin with a wildcard")]
    [InlineData("thingName:a*b*c*", "at most 2 wildcards *")]
    [InlineData("thingName:\"a", "a quotation mark is not closed")]
    [InlineData("attributes.x:[1 TO 2", "a range is not closed")]
    [InlineData("attributes.x:[1 2]", "TO is missing")]
    [InlineData("[1 TO 2]", "a range needs a field")]
    [InlineData("connectivity.connected:yes", "true or false")]
    [InlineData("registry.version:new", "a number")]
    [InlineData("THINGNAME:a", "names are case-sensitive")]
    [InlineData("shadow.reported.x:1", "REGISTRY_AND_SHADOW")]
    [InlineData("a\\", "the escape \\ has nothing after it")]
    [InlineData("a b c d e f g h i j k l m", "more than 12 terms")]
    public void A_query_that_cannot_be_read_is_refused_with_the_cause(string query, string cause)
    {
        var read = IndexQueryReader.Read(query, Schema);
        Assert.Equal(("InvalidQueryException", 400), (read.Error?.Code, read.Error?.Status));
        Assert.Contains(cause, read.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_of_a_thousand_and_one_characters_is_too_long()
    {
        Assert.True(IndexQueryReader.Read("thingName:" + new string('a', 990), Schema).IsOk);
        Assert.Equal("InvalidQueryException", IndexQueryReader.Read("thingName:" + new string('a', 991), Schema).Error?.Code);
    }

    [Fact]
    public void Groups_nested_beyond_reason_are_refused() =>
        Assert.Equal("InvalidQueryException", IndexQueryReader.Read(new string('(', 400) + "a" + new string(')', 400), Schema).Error?.Code);

    [Fact]
    public void Any_text_is_read_or_refused() =>
        Check.Sample(
            Pick("thingName", "attributes.x", ":", "(", ")", "[", "]", "{", "}", "\"", " ", "TO", "AND", "OR", "NOT", "-", "*", "?", "\\", "<", ">", "=", "7", "tv")
                .Array[0, 14].Select(string.Concat),
            text =>
            {
                var read = IndexQueryReader.Read(text, Schema);
                if (read.IsOk)
                    Thing.Fits(read.Value);
                else
                    Assert.Equal("InvalidQueryException", read.Error.Code);
            });

    [Fact]
    public void A_custom_type_decides_how_an_attribute_compares()
    {
        var text = IndexSchema.Things(false, false, new Dictionary<string, IndexFieldType> { ["attributes.temperature"] = IndexFieldType.Text });
        Assert.False(Thing.Fits(IndexQueryReader.Read("attributes.temperature>100", Schema).Value));
        Assert.True(Thing.Fits(IndexQueryReader.Read("attributes.temperature>100", text).Value));
    }

    [Fact]
    public void Words_of_a_description_are_found()
    {
        var group = new IndexedDocument { Name = "g", Description = "Boilers of the North hall" };
        var schema = IndexSchema.ThingGroups();
        bool Finds(string query) => group.Fits(IndexQueryReader.Read(query, schema).Value);
        Assert.True(Finds("description:north"));
        Assert.True(Finds("description:\"north hall\""));
        Assert.True(Finds("thingGroupDescription:boil*"));
        Assert.False(Finds("description:oilers"));
    }

    private static Gen<string> Pick(params string[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);
}
