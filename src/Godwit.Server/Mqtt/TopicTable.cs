namespace Godwit.Server.Mqtt;

/// <summary>
/// Which service answers a reserved topic: <c>$aws/things/{thing}/{area}/{rest}</c>, or <c>$aws/{area}/{rest}</c> where the area stands alone, by its area and the
/// shapes the service names.
/// </summary>
public sealed class TopicTable
{
    private const string Aws = "$aws/";
    private const string Things = "$aws/things/";
    private const string Rules = "$aws/rules/";

    /// <summary>Levels of topics on which only a service speaks: no device may do so in its name.</summary>
    private static readonly string[] ServiceLevels = ["accepted", "rejected", "notify", "notify-next", "data", "description"];

    private readonly Dictionary<string, Entry> _areas = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> _alone = new(StringComparer.Ordinal);

    public TopicTable(IEnumerable<ITopicService> services)
    {
        foreach (var service in services)
            (service.StandsAlone ? _alone : _areas).Add(service.Area, new Entry(service, [.. service.RequestTopics.Select(shape => shape.Split('/'))]));
    }

    /// <summary>Every request topic that is served, with its placeholders, for example <c>$aws/things/{thing}/jobs/{jobId}/update</c>.</summary>
    public IEnumerable<string> RequestTopics =>
        _areas.Values.SelectMany(entry => entry.Service.RequestTopics.Select(shape => $"{Things}{{thing}}/{entry.Service.Area}/{shape}"))
            .Concat(_alone.Values.SelectMany(entry => entry.Service.RequestTopics.Select(shape => $"{Aws}{entry.Service.Area}/{shape}")));

    public TopicRoute Find(string topic)
    {
        if (!topic.StartsWith('$'))
            return TopicRoute.Ordinary;
        // AWS: Basic Ingest. No rule exists here, and a message for a rule that does not exist is taken and dropped.
        if (topic.StartsWith(Rules, StringComparison.Ordinal))
            return TopicRoute.Dropped;

        if (topic.Split('/', 3) is ["$aws", var lone, { Length: > 0 } asked] && _alone.TryGetValue(lone, out var own))
            return own.Takes(asked) ? new TopicRoute(TopicKind.Request, own.Service, "", asked) : TopicRoute.Illegal;

        var levels = topic.Split('/', 5);
        if (!topic.StartsWith(Things, StringComparison.Ordinal) || levels is not [_, _, { Length: > 0 } thing, var area, { Length: > 0 } rest])
            return TopicRoute.Illegal;
        if (!_areas.TryGetValue(area, out var entry))
            return TopicRoute.Illegal;
        if (entry.Takes(rest))
            return new TopicRoute(TopicKind.Request, entry.Service, thing, rest);
        return rest.Split('/').Any(level => ServiceLevels.Contains(level))
            ? TopicRoute.Illegal
            : new TopicRoute(TopicKind.Unmapped, entry.Service, thing, rest);
    }

    private sealed record Entry(ITopicService Service, string[][] Shapes)
    {
        public bool Takes(string rest)
        {
            var levels = rest.Split('/');
            return Shapes.Any(shape => shape.Length == levels.Length && shape.Zip(levels).All(pair => Fits(pair.First, pair.Second)));
        }

        private static bool Fits(string shape, string level) => shape.StartsWith('{') ? level.Length > 0 : shape == level;
    }
}

/// <summary>What a device may mean by publishing on a topic.</summary>
public enum TopicKind
{
    /// <summary>A message for whoever subscribes.</summary>
    Ordinary,

    /// <summary>A request that a service answers; subscribers see it as well.</summary>
    Request,

    /// <summary>In a service's area but none of its requests: the service answers <c>InvalidTopic</c>, and subscribers do not see it.</summary>
    Unmapped,

    /// <summary>Taken, acknowledged and given to nobody.</summary>
    Dropped,

    /// <summary>Reserved and not for devices to publish on.</summary>
    Illegal,
}

/// <summary>What <see cref="TopicTable"/> found; <paramref name="Thing"/> and <paramref name="Rest"/> are empty unless the topic is a thing's.</summary>
public sealed record TopicRoute(TopicKind Kind, ITopicService? Service, string Thing, string Rest)
{
    public static readonly TopicRoute Ordinary = new(TopicKind.Ordinary, null, "", "");
    public static readonly TopicRoute Dropped = new(TopicKind.Dropped, null, "", "");
    public static readonly TopicRoute Illegal = new(TopicKind.Illegal, null, "", "");
}
