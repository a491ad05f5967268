using Godwit.Mqtt;
using Godwit.Mqtt.Packets;

namespace Godwit.Fuzz;

/// <summary>Filters and names against a matcher that splits both into lists (OASIS MQTT 4.7).</summary>
internal sealed class TopicTarget : FuzzTarget
{
    private string _filter = "";
    private string _topic = "";
    private bool _valid;
    private bool _matches;
    private bool _parents;

    public override string Name => "topics";

    public override int Share => 200;

    public override int Make(FuzzRandom random)
    {
        _parents = random.Chance(50);
        (_filter, _topic) = random.Chance(50) ? (random.Text(12), random.Text(12)) : (Levels(random, "", "a", "b", "$c", "+", "#"), Levels(random, "", "a", "b", "$c"));
        return _filter.Length + _topic.Length;
    }

    public override string? Run()
    {
        _valid = TopicFilter.IsValid(_filter);
        _matches = _valid && _topic.Length > 0 && TopicFilter.Matches(_filter, _topic, _parents);
        return TopicFilter.TrySplitShare(_filter, out var share, out var inner) && share is not null && $"$share/{share}/{inner}" != _filter ? "the share's parts are not the filter" : null;
    }

    public override string? Compare()
    {
        var valid = SlowTopics.IsValid(_filter);
        if (valid != _valid)
            return $"valid: {_valid}, by the reference {valid}";
        var matches = valid && _topic.Length > 0 && SlowTopics.Matches(_filter, _topic, _parents);
        return matches == _matches ? null : $"matches: {_matches}, by the reference {matches}";
    }

    public override string Show() => $"filter '{_filter}', topic '{_topic}', parents {_parents}";

    public static string Levels(FuzzRandom random, params string[] of)
    {
        var levels = new string[1 + random.Below(6)];
        for (var i = 0; i < levels.Length; i++)
            levels[i] = of[random.Below(of.Length)];
        return string.Join('/', levels);
    }
}

/// <summary>The tree of all filters finds what going through them one by one finds, also after some have left.</summary>
internal sealed class TreeTarget : FuzzTarget
{
    private readonly List<Subscription> _subscriptions = [];
    private readonly List<string> _topics = [];
    private readonly List<Subscription> _found = [];
    private TopicTree _tree = new(false);
    private bool _parents;

    public override string Name => "tree";

    public override int Share => 5;

    public override int BytesMax => 1024 * 1024;

    public override int Make(FuzzRandom random)
    {
        _parents = random.Chance(50);
        _subscriptions.Clear();
        _topics.Clear();
        for (var i = random.Below(40); i > 0; i--)
            if (TopicTarget.Levels(random, "", "a", "b", "$c", "+", "+", "#") is var filter && TopicFilter.IsValid(filter))
                _subscriptions.Add(new Subscription(null!, filter, filter, null, QoS.AtMostOnce));
        for (var i = 0; i < 5; i++)
            _topics.Add("x" + TopicTarget.Levels(random, "", "a", "b", "$c"));
        for (var i = 0; i < 5; i++)
            _topics.Add(TopicTarget.Levels(random, "$c", "a", "b"));
        _tree = new TopicTree(_parents);
        foreach (var subscription in _subscriptions)
            _tree.Add(subscription);
        for (var i = random.Below(10); i > 0 && _subscriptions.Count > 0; i--)
        {
            var at = random.Below(_subscriptions.Count);
            _tree.Remove(_subscriptions[at]);
            _subscriptions.RemoveAt(at);
        }
        return 0;
    }

    public override string? Run()
    {
        if (_tree.Count != _subscriptions.Count)
            return $"it counts {_tree.Count} of {_subscriptions.Count}";
        foreach (var topic in _topics)
        {
            _found.Clear();
            _tree.Match(topic, _found);
        }
        return null;
    }

    public override string? Compare()
    {
        foreach (var topic in _topics)
        {
            _found.Clear();
            _tree.Match(topic, _found);
            if (!_found.ToHashSet().SetEquals(_subscriptions.Where(subscription => SlowTopics.Matches(subscription.Filter, topic, _parents))) || _found.Distinct().Count() != _found.Count)
                return $"{topic} finds {string.Join(' ', _found.Select(found => found.Filter))}";
        }
        return null;
    }

    public override string Show() => $"parents {_parents}: {string.Join(' ', _subscriptions.Select(subscription => subscription.Filter))}";
}

/// <summary>The rules of topics once more, over lists of levels.</summary>
internal static class SlowTopics
{
    public static bool IsValid(string filter)
    {
        var levels = filter.Split('/');
        return filter.Length > 0 && !filter.Contains('\0')
            && levels.All(level => level is "+" or "#" || (!level.Contains('+') && !level.Contains('#')))
            && !levels[..^1].Contains("#");
    }

    public static bool Matches(string filter, string topic, bool parents) =>
        !(topic.StartsWith('$') && (filter.StartsWith('+') || filter.StartsWith('#'))) && Matches([.. filter.Split('/')], [.. topic.Split('/')], parents);

    private static bool Matches(List<string> filter, List<string> topic, bool parents)
    {
        if (filter.Count == 0)
            return topic.Count == 0;
        if (filter[0] == "#")
            return topic.Count > 0 || parents;
        return topic.Count > 0 && (filter[0] == "+" || filter[0] == topic[0]) && Matches(filter[1..], topic[1..], parents);
    }
}
