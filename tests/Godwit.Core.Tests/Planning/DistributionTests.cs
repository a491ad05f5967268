using Godwit.Core.Planning;

namespace Godwit.Core.Tests.Planning;

public class DistributionTests
{
    /// <summary>The first numbers of xoshiro256** from the state that splitmix64 makes of seed 0, whose own first two are published.</summary>
    [Fact]
    public void The_generator_is_the_published_one()
    {
        // splitmix64(0): e220a8397b1dcdaf, 6e789e6aa1b965f4; xoshiro256** gives rotl(s1 * 5, 7) * 9 first.
        var first = ulong.RotateLeft(unchecked(0x6e789e6aa1b965f4UL * 5), 7) * 9;
        var random = new SeededRandom(0);
        Assert.Equal(first, random.Next());
        Assert.Equal(0x99EC5F36CB75F2B4UL, first);
    }

    [Theory]
    [InlineData(DistributionKind.Uniform, 10, 30, 20, 5.77)]
    [InlineData(DistributionKind.Normal, 100, 15, 100, 15)]
    [InlineData(DistributionKind.Exponential, 40, 0, 40, 40)]
    public void Draws_have_the_mean_and_the_deviation_that_were_asked_for(DistributionKind kind, double a, double b, double mean, double sd)
    {
        const int draws = 200_000;
        var (random, distribution) = (new SeededRandom(7), new Distribution(kind, a, b));
        var values = new double[draws];
        for (var i = 0; i < draws; i++)
            values[i] = distribution.Draw(ref random);
        Assert.InRange(values.Average(), mean - (5 * sd / Math.Sqrt(draws)), mean + (5 * sd / Math.Sqrt(draws)));
        Assert.InRange(Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), sd * 0.98, sd * 1.02);
        Assert.InRange(values.Count(value => value < distribution.High) / (double)draws, 0.945, 0.955);
        Assert.All(values, value => Assert.True(value >= 0));
    }

    [Fact]
    public void Observed_values_come_as_often_as_they_were_observed()
    {
        var (random, distribution) = (new SeededRandom(3), new Distribution(DistributionKind.Empirical, 0, 0, [5, 5, 5, 9]));
        var nines = 0;
        for (var i = 0; i < 100_000; i++)
            nines += distribution.Draw(ref random) == 9 ? 1 : 0;
        Assert.InRange(nines, 24_300, 25_700);
    }

    [Fact]
    public void Quantiles_are_values_that_occurred_and_never_comes_last()
    {
        Assert.Equal(new Quantiles(1, 5, 9), Quantiles.Of(Enumerable.Range(1, 10).Reverse().Select(i => (long?)i)));
        Assert.Equal(new Quantiles(4, 4, 4), Quantiles.Of([4]));
        Assert.Equal(new Quantiles(2, 2, null), Quantiles.Of([null, 2]));
    }
}
