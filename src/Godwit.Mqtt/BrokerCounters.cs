namespace Godwit.Mqtt;

/// <summary>Figures since the start, each read on its own; gauges are said to be so.</summary>
public sealed record BrokerCounters
{
    public required long ConnectionsAccepted { get; init; }
    public required long ConnectionsRefused { get; init; }

    /// <summary>Gauge: open sockets, CONNECT or not.</summary>
    public required long SocketsOpen { get; init; }

    /// <summary>Gauge: connections that were answered CONNACK.</summary>
    public required long Connected { get; init; }

    public required long HandshakesDone { get; init; }
    public required long HandshakesFailed { get; init; }
    public required long PacketsIn { get; init; }
    public required long PacketsOut { get; init; }
    public required long BytesIn { get; init; }
    public required long BytesOut { get; init; }
    public required long PublishesIn { get; init; }
    public required long PublishesOut { get; init; }

    /// <summary>Messages dropped because an outbox or a session's queue was full.</summary>
    public required long Drops { get; init; }

    /// <summary>PUBLISH and CONNECT that were not taken because of <see cref="RateLimits"/>.</summary>
    public required long Throttled { get; init; }

    /// <summary>Gauge: sessions, with a connection or without.</summary>
    public required long Sessions { get; init; }

    /// <summary>Gauge.</summary>
    public required long Subscriptions { get; init; }

    /// <summary>Gauge.</summary>
    public required long Retained { get; init; }
}
