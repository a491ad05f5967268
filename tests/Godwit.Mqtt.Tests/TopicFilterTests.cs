using Godwit.Mqtt.Tests.Conformance;

namespace Godwit.Mqtt.Tests;

public sealed class TopicFilterTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("/", true)]
    [InlineData("a//b", true)]
    [InlineData("#", true)]
    [InlineData("a/#", true)]
    [InlineData("+", true)]
    [InlineData("+/a/+", true)]
    [InlineData("", false)]
    [InlineData("a#", false)]
    [InlineData("a/#/b", false)]
    [InlineData("#/a", false)]
    [InlineData("a+/b", false)]
    [InlineData("a/+b", false)]
    [InlineData("a\0b", false)]
    [Mqtt311("4.7.1-2", "4.7.1-3")]
    [Mqtt5("4.7.1-1", "4.7.1-2")]
    public void A_wildcard_stands_alone_in_its_level_MQTT_4_7_1(string filter, bool isValid) =>
        Assert.Equal(isValid, TopicFilter.IsValid(filter));

    [Theory]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/+", "a/b", true)]
    [InlineData("a/+", "a/", true)]
    [InlineData("a/+", "a", false)]
    [InlineData("a/+", "a/b/c", false)]
    [InlineData("+/+", "/x", true)]
    [InlineData("#", "a/b/c", true)]
    [InlineData("a/#", "a/b/c", true)]
    [InlineData("a/#", "a/", true)]
    [InlineData("a/#", "ab", false)]
    [InlineData("#", "$SYS/x", false)]
    [InlineData("+/x", "$SYS/x", false)]
    [InlineData("$SYS/#", "$SYS/x", true)]
    [InlineData("$SYS/+", "$SYS/x", true)]
    [InlineData("A", "a", false)]
    [Mqtt311("4.7.2-1", "4.7.3-4")]
    [Mqtt5("4.7.2-1", "4.7.3-4")]
    public void Filters_match_as_OASIS_says_MQTT_4_7(string filter, string topic, bool matches) =>
        Assert.Equal(matches, TopicFilter.Matches(filter, topic, parentMatches: false));

    [Fact]
    public void Only_the_standard_profile_lets_a_parent_match_MQTT_4_7_1_2()
    {
        Assert.True(TopicFilter.Matches("a/b/#", "a/b", parentMatches: true));
        Assert.False(TopicFilter.Matches("a/b/#", "a/b", parentMatches: false));
        Assert.False(TopicFilter.Matches("a/b/#", "a", parentMatches: true));
    }

    [Theory]
    [InlineData("a/b", true, null, "a/b")]
    [InlineData("$share/g/a/b", true, "g", "a/b")]
    [InlineData("$share/g//", true, "g", "/")]
    [InlineData("$share/g", false, null, null)]
    [InlineData("$share/g/", false, null, null)]
    [InlineData("$share//a", false, null, null)]
    [InlineData("$share/g+/a", false, null, null)]
    [InlineData("$shared/g/a", true, null, "$shared/g/a")]
    [Mqtt5("4.8.2-1", "4.8.2-2")]
    public void A_shared_filter_has_a_name_and_a_filter_MQTT_4_8_2(string filter, bool isValid, string? name, string? inner)
    {
        Assert.Equal(isValid, TopicFilter.TrySplitShare(filter, out var foundName, out var foundInner));
        if (isValid)
            Assert.Equal((name, inner), (foundName, foundInner));
    }
}
