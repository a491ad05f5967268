namespace Godwit.Mqtt;

/// <summary>Limits by time; null is none. A bucket holds one second's worth unless it says otherwise.</summary>
public sealed record RateLimits
{
    public static RateLimits None { get; } = new();

    /// <summary>What AWS allows one connection.</summary>
    public static RateLimits Aws { get; } = new()
    {
        PublishesPerSecond = 100,
        BytesPerSecond = 512 * 1024,
        ConnectsPerSecondPerClient = 1,
        ConnectsPerSecondPerDomain = 500,
        ReplaysPerSecond = 10,
    };

    /// <summary>PUBLISH from one connection; what is too much is not handled. At level 5 a QoS 1 message is answered with 0x97, at level 4 with nothing.</summary>
    public double? PublishesPerSecond { get; init; }

    /// <summary>Bytes from one connection; what is too much waits in its socket.</summary>
    public double? BytesPerSecond { get; init; }

    /// <summary>CONNECT of one client id; what is too much is refused, and the connection that holds the id stays.</summary>
    public double? ConnectsPerSecondPerClient { get; init; }

    /// <summary>CONNECT of all clients of one domain; what is too much is refused.</summary>
    public double? ConnectsPerSecondPerDomain { get; init; }

    /// <summary>How many of one client id may come at once.</summary>
    public double ConnectBurst { get; init; } = 1;

    /// <summary>Messages that waited in a session, to a client that is back.</summary>
    public double? ReplaysPerSecond { get; init; }
}
