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
    public uint? Id { get; init; }

    /// <summary>Its place in the tree's list, so that leaving costs the same however many are there.</summary>
    public int Slot { get; set; }
}
