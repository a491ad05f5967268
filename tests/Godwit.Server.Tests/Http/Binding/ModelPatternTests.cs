using System.Diagnostics;
using Godwit.Server.Http;
using Godwit.Server.Http.Binding;

namespace Godwit.Server.Tests.Http.Binding;

public sealed class ModelPatternTests
{
    [Theory]
    [InlineData("[a-zA-Z0-9_-]+", "rel-42_a", true)]
    [InlineData("[a-zA-Z0-9_-]+", "rel 42", false)]
    [InlineData("[a-zA-Z0-9_-]+", "rel42\n", false)]
    [InlineData("[a-zA-Z0-9_-]+", "", false)]
    [InlineData("^[0-9]{12}$", "123456789012\n", false)]
    [InlineData(@"[^\p{C}]+", "Straße 🚗", true)]
    [InlineData(@"[^\p{C}]+", "a\tb", false)]
    [InlineData(@"[^\p{C}]+", "right\u202Eto left", false)]
    [InlineData(@"[^\p{C}]+", "private \uDB80\uDC00", false)]
    [InlineData(@"[\w=,@-]+", "naïve", false)]
    [InlineData(@"[\p{Upper}\p{Digit}_]+", "AB_9", true)]
    [InlineData(@"[\p{Upper}\p{Digit}_]+", "Ä", false)]
    [InlineData(@"[\p{Graph}\x20]*", "a ~", true)]
    [InlineData(@"[\p{Graph}\x20]*", "a\u007F", false)]
    [InlineData("[a-zA-Z0-9-_.]+", "a-b_c.d", true)]
    [InlineData("[a-zA-Z0-9-_.]+", "a:b", false)]
    [InlineData("[a-zA-Z0-9_-]+|^\\$next", "$next", true)]
    [InlineData("[a-zA-Z0-9_-]+|^\\$next", "$nextx", false)]
    [InlineData("^[^$].*", "$aws/x", false)]
    [InlineData("^[^$].*", "a\rb", false)]
    [InlineData("^(?!aws:)[a-zA-Z+-=._:/]+$", "aws:x", false)]
    [InlineData("^(?!aws:)[a-zA-Z+-=._:/]+$", "team/x", true)]
    [InlineData(@"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "Größe 𝒜 1", true)]
    [InlineData(@"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "🚗", false)]
    [InlineData(@"\S{36,64}", "0123456789 123456789012345678901234567", false)]
    public void A_pattern_matches_as_java_does(string pattern, string text, bool matches) =>
        Assert.Equal(matches, new ModelPattern(pattern).IsMatch(text));

    [Fact]
    public void Half_of_a_surrogate_pair_is_no_character() => Assert.False(new ModelPattern(@"[^\p{C}]+").IsMatch("half \uD83D"));

    [Fact]
    public void No_pattern_of_any_model_can_be_made_slow()
    {
        var patterns = ServiceCatalog.All.SelectMany(s => s.Operations).Where(o => o.Input is not null).SelectMany(o => Shapes(o.Input!))
            .Select(s => s.Pattern).OfType<ModelPattern>().DistinctBy(p => p.Source).ToList();
        Assert.InRange(patterns.Count, 20, 40);
        foreach (var pattern in patterns)
        {
            foreach (var unit in (string[])["a", "aws:", "1.", " ", "=", "🚗", "\u0001"])
            {
                var text = string.Concat(Enumerable.Repeat(unit, 200_000 / unit.Length)) + "!";
                pattern.IsMatch("a");
                var started = Stopwatch.GetTimestamp();
                pattern.IsMatch(text);
                Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1), $"{pattern.Source} on {unit}…");
            }
        }
    }

    private static IEnumerable<Shape> Shapes(Shape shape) =>
        [shape, .. ((Shape?[])[shape.Key, shape.Element, .. shape.Members.Select(m => m.Shape)]).OfType<Shape>().SelectMany(Shapes)];
}
