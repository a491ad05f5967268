using CsCheck;
using Godwit.Core.FleetIndexing;

namespace Godwit.Core.Tests.FleetIndexing;

public sealed class AggregationTests
{
    private static readonly Gen<double[]> Numbers = Gen.Double[-1000, 1000].Array[1, 50];

    [Fact]
    public void Statistics_are_those_of_the_population() => Numbers.Sample(numbers =>
    {
        var found = NumberStatistics.Of(numbers)!;
        var average = numbers.Average();
        Assert.Equal(numbers.Length, found.Count);
        Assert.Equal(average, found.Average, 6);
        Assert.Equal(numbers.Min(), found.Minimum);
        Assert.Equal(numbers.Max(), found.Maximum);
        Assert.Equal(numbers.Sum(n => (n - average) * (n - average)) / numbers.Length, found.Variance, 3);
    });

    [Fact]
    public void There_are_no_statistics_of_nothing() => Assert.Null(NumberStatistics.Of([]));

    [Fact]
    public void Percentiles_rise_from_the_least_to_the_greatest() => Numbers.Sample(numbers =>
    {
        var found = Percentiles.Of(numbers, [0, 10, 50, 90, 100]);
        Assert.Equal(numbers.Min(), found[0].Value);
        Assert.Equal(numbers.Max(), found[^1].Value);
        Assert.Equal(found.Select(pair => pair.Value).Order(), found.Select(pair => pair.Value));
    });

    [Fact]
    public void The_median_of_an_even_number_lies_between_the_middle_two() =>
        Assert.Equal(2.5, Assert.Single(Percentiles.Of([4, 1, 3, 2], [50])).Value);

    [Theory]
    [InlineData("75", 75.0)]
    [InlineData("-0.5", -0.5)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5.0)]
    [InlineData("1.2.3", null)]
    [InlineData("1e5", null)]
    [InlineData("-", null)]
    [InlineData(".", null)]
    [InlineData("", null)]
    [InlineData("+1", null)]
    [InlineData("1-", null)]
    public void Digits_with_one_point_are_a_number(string text, double? number) => Assert.Equal(number, IndexNumber.Read(text));

    [Fact]
    public void Older_groups_go_before_newer_ones_and_static_ones_before_all()
    {
        Assert.Equal(["a", "b"], DynamicMembership.Choose(8, ["a", "b", "c"]));
        Assert.Empty(DynamicMembership.Choose(11, ["a"]));
    }
}
