namespace Godwit.Mqtt;

public enum SendResult
{
    /// <summary>In the outbox, or in the session's queue at QoS 1.</summary>
    Queued,

    /// <summary>No room: nothing was queued. <see cref="IConnection.WhenDrained"/> tells when to try again.</summary>
    Full,

    Closed,

    /// <summary>More than the packet size that the client announced: it can never be sent.</summary>
    TooLarge,
}
