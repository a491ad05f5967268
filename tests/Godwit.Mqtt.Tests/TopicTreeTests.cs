using System.Diagnostics;
using CsCheck;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

public sealed class TopicTreeTests
{
    // Few names, so that filters and topics meet; empty levels and $ are in.
    private static readonly Gen<string> Level = OneOf("", "a", "b", "$c");
    private static readonly Gen<string> Topic = Level.Array[1, 5].Select(levels => string.Join('/', levels)).Where(topic => topic.Length > 0);
    private static readonly Gen<string> Filter =
        Gen.Select(OneOf("", "a", "b", "$c", "+").Array[1, 5], Gen.Bool)
            .Select((levels, hash) => string.Join('/', hash ? [.. levels, "#"] : levels))
            .Where(filter => TopicFilter.IsValid(filter));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_tree_finds_what_the_plain_matcher_finds_after_any_adding_and_removing(bool parentMatches) =>
        Gen.Select(Filter.Array[0, 30], Gen.Int[0, 29].Array[0, 15], Topic.Array[1, 10]).Sample(
            (filters, removals, topics) =>
            {
                var tree = new TopicTree(parentMatches);
                var subscriptions = filters.Select(Subscription).ToList();
                subscriptions.ForEach(tree.Add);
                foreach (var at in removals.Where(at => at < filters.Length).Distinct())
                {
                    tree.Remove(subscriptions[at]);
                    subscriptions[at] = null!;
                }

                var left = subscriptions.Where(subscription => subscription is not null).ToList();
                return tree.Count == left.Count && topics.All(topic => Found(tree, topic).SetEquals(
                    left.Where(subscription => TopicFilter.Matches(subscription.Filter, topic, parentMatches))));
            },
            iter: 20_000);

    [Fact]
    public void A_tree_from_which_all_is_removed_is_empty()
    {
        var tree = new TopicTree(parentMatches: false);
        var subscriptions = new[] { "a/b/c", "a/+/c", "a/#", "#", "a/b", "x/y" }.Select(Subscription).ToList();
        subscriptions.ForEach(tree.Add);
        subscriptions.ForEach(tree.Remove);
        Assert.Equal(0, tree.Count);
        Assert.Empty(Found(tree, "a/b/c"));
    }

    [Fact]
    public void Wildcards_that_cross_cost_no_more_than_the_filters_that_exist()
    {
        // Each level may go two ways: with 14 levels, 16,384 filters that all match one topic.
        const int Levels = 14;
        var tree = new TopicTree(parentMatches: false);
        for (var bits = 0; bits < 1 << Levels; bits++)
            tree.Add(Subscription(string.Join('/', Enumerable.Range(0, Levels).Select(level => (bits >> level & 1) == 0 ? "+" : "a"))));

        var started = Stopwatch.GetTimestamp();
        Assert.Equal(1 << Levels, Found(tree, string.Join('/', Enumerable.Repeat("a", Levels))).Count);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
        Assert.Empty(Found(tree, string.Join('/', Enumerable.Repeat("a", Levels + 1))));
    }

    [Fact]
    public void A_shared_group_takes_turns()
    {
        var tree = new TopicTree(parentMatches: false);
        var first = Subscription("a/+", share: "g");
        var second = Subscription("a/+", share: "g");
        tree.Add(first);
        tree.Add(second);
        Assert.NotEqual(Found(tree, "a/b").Single(), Found(tree, "a/b").Single());
        tree.Remove(first);
        Assert.Equal(second, Found(tree, "a/b").Single());
        tree.Remove(second);
        Assert.Empty(Found(tree, "a/b"));
    }

    private static Gen<string> OneOf(params string[] names) => Gen.Int[0, names.Length - 1].Select(index => names[index]);

    private static HashSet<Subscription> Found(TopicTree tree, string topic)
    {
        var matches = new List<Subscription>();
        tree.Match(topic, matches);
        var found = matches.ToHashSet();
        Assert.Equal(matches.Count, found.Count);
        return found;
    }

    private static Subscription Subscription(string filter) => Subscription(filter, share: null);

    private static Subscription Subscription(string filter, string? share) =>
        new(new Session(default, new Domain("", Idle.Options, journal: null, Idle.Clock), Idle), filter, filter, share, QoS.AtMostOnce);

    private static readonly Broker Idle = new(new BrokerOptions { Listeners = [] }, new TestHost(), TimeProvider.System, _ => { });
}
