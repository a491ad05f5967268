using CsCheck;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

public class ShuffleOrderTests
{
    /// <summary>Written down so that a change of the hash, which would change the order of a rollout under way, cannot pass unseen.</summary>
    [Fact]
    public void Keys_are_the_first_digits_of_a_hash_that_anyone_can_compute() =>
        Assert.Equal("daa08e83975f5e02", ShuffleOrder.Key("42", "dev7"));

    [Fact]
    public void Every_place_is_as_likely_whatever_the_name()
    {
        // Where the first of ten things by name comes to lie for each of 5,000 seeds.
        var things = Enumerable.Range(0, 10).Select(i => $"thing{i}").ToList();
        var places = new int[10];
        for (var seed = 0; seed < 5000; seed++)
            places[things.OrderBy(thing => ShuffleOrder.Key($"{seed}", thing), StringComparer.Ordinal).ToList().IndexOf("thing0")]++;
        Assert.All(places, place => Assert.InRange(place, 400, 600));
    }

    [Fact]
    public void No_two_pairs_of_seed_and_name_make_one_text() =>
        Gen.Select(Gen.String[Gen.Char["ab:-_1"], 1, 6], Gen.String[Gen.Char["ab:-_1"], 1, 6], Gen.String[Gen.Char["ab:-_1"], 1, 6], Gen.String[Gen.Char["ab:-_1"], 1, 6])
            .Sample((seed, name, seed2, name2) => Assert.Equal(seed == seed2 && name == name2, ShuffleOrder.Key(seed, name) == ShuffleOrder.Key(seed2, name2)));
}
