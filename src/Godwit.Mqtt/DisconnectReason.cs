namespace Godwit.Mqtt;

/// <summary>Why a connection ended, as the host is told.</summary>
public enum DisconnectReason
{
    /// <summary>DISCONNECT arrived.</summary>
    ClientInitiated,

    /// <summary>The socket ended without DISCONNECT.</summary>
    ConnectionLost,

    /// <summary>Nothing arrived for one and a half times the keep-alive.</summary>
    KeepAliveTimeout,

    /// <summary>The same client id connected again.</summary>
    TakenOver,

    /// <summary>A malformed packet, a protocol error or a limit of the profile.</summary>
    ClientError,

    /// <summary>A publish or subscribe that the host refused by disconnecting.</summary>
    Forbidden,

    /// <summary>More than <see cref="RateLimits"/> allows.</summary>
    Throttled,

    /// <summary>The peer does not read, and the outbox is full.</summary>
    SlowReader,

    /// <summary><see cref="Broker.Disconnect(string, Packets.ReasonCode)"/> or <see cref="IConnection.Disconnect"/>.</summary>
    ServerInitiated,

    ServerShutdown,

    /// <summary>The host or the broker failed; <see cref="IBrokerHost.Faulted"/> has the exception.</summary>
    ServerError,
}
