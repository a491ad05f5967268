using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>One filter of one session.</summary>
internal sealed class Subscription(Session session, string filter, string inner, string? shareName, QoS qos)
{
    public Session Session { get; } = session;

    /// <summary>As sent, with <c>$share/name/</c>.</summary>
    public string Filter { get; } = filter;

    /// <summary>What topics are matched against.</summary>
    public string Inner { get; } = inner;

    public string? ShareName { get; } = shareName;
    public QoS QoS { get; } = qos;
    public bool NoLocal { get; init; }
    public bool RetainAsPublished { get; init; }
    public uint? Id
    {
        get => Ids?[0];
        init => Ids = value is { } known ? [known] : null;
    }

    /// <summary>The same as a list, made once.</summary>
    public IReadOnlyList<uint>? Ids { get; private init; }

    /// <summary>In the form that can be written.</summary>
    public KeptSubscription Kept() =>
        new(new SubscribeFilter(Filter, QoS) { NoLocal = NoLocal, RetainAsPublished = RetainAsPublished }, Id);

    /// <summary>As it was granted, or as it was written down.</summary>
    public static Subscription Of(Session session, in SubscribeFilter filter, uint? id)
    {
        TopicFilter.TrySplitShare(filter.Filter, out var share, out var inner);
        return new Subscription(session, filter.Filter, inner, share, filter.QoS)
        {
            NoLocal = filter.NoLocal,
            RetainAsPublished = filter.RetainAsPublished,
            Id = id,
        };
    }

    /// <summary>Its place in the tree's list, so that leaving costs the same however many are there.</summary>
    public int Slot { get; set; }
}
