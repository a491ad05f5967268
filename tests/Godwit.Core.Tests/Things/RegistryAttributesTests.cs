using CsCheck;
using Godwit.Core.Things;

namespace Godwit.Core.Tests.Things;

public sealed class RegistryAttributesTests
{
    private static readonly Gen<Dictionary<string, string>> Attributes =
        Gen.Dictionary(Text("abcdef", 1, 2), Text("xyz", 0, 2))[0, 8];

    [Fact]
    public void Nothing_given_leaves_all_as_it_was() =>
        Attributes.Sample(current => Assert.Equal(current.OrderBy(a => a.Key, StringComparer.Ordinal), RegistryAttributes.Apply(current, null, merge: false)));

    [Fact]
    public void A_replacement_keeps_only_what_is_given_and_not_empty() =>
        Gen.Select(Attributes, Attributes).Sample((current, given) =>
            Assert.Equal(
                given.Where(a => a.Value.Length > 0).OrderBy(a => a.Key, StringComparer.Ordinal),
                RegistryAttributes.Apply(current, given, merge: false)));

    [Fact]
    public void A_merge_lays_what_is_given_over_what_there_was() =>
        Gen.Select(Attributes, Attributes).Sample((current, given) =>
        {
            var next = RegistryAttributes.Apply(current, given, merge: true);
            foreach (var name in current.Keys.Union(given.Keys))
            {
                var expected = given.GetValueOrDefault(name) ?? current[name];
                Assert.Equal(given.ContainsKey(name) && expected.Length == 0 ? null : expected, next.GetValueOrDefault(name));
            }
        });

    [Fact]
    public void A_merge_done_twice_is_a_merge_done_once() =>
        Gen.Select(Attributes, Attributes).Sample((current, given) =>
        {
            var once = RegistryAttributes.Apply(current, given, merge: true);
            Assert.Equal(once, RegistryAttributes.Apply(once, given, merge: true));
        });

    [Theory]
    [InlineData(3, null, true)]
    [InlineData(4, null, false)]
    [InlineData(50, "sensor", true)]
    [InlineData(51, "sensor", false)]
    public void A_type_raises_the_limit_from_three_to_fifty(int count, string? type, bool allowed)
    {
        var attributes = Enumerable.Range(0, count).ToDictionary(i => "a" + i, i => "v");
        Assert.Equal(allowed, RegistryAttributes.RefuseForThing(attributes, type) is null);
    }

    private static Gen<string> Text(string alphabet, int min, int max) => Gen.Char[alphabet].Array[min, max].Select(chars => new string(chars));
}
