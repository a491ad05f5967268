using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>What to do with a PUBLISH, decided before anything happens to it.</summary>
public readonly record struct PublishVerdict
{
    internal enum Kind : byte
    {
        Allow,
        AllowAckFirst,
        AllowAckAfterEffect,
        Drop,
        Disconnect,
    }

    internal Kind Action { get; private init; }

    internal ReasonCode Reason { get; private init; }

    /// <summary>The acknowledgement goes out first, then the message is handled; where it is kept, when it has been written.</summary>
    public static PublishVerdict Allow => default;

    /// <summary>
    /// The acknowledgement goes out first whoever keeps the message: for what asks something of the host, which keeps by itself
    /// what must be kept.
    /// </summary>
    public static PublishVerdict AllowAckFirst => new() { Action = Kind.AllowAckFirst };

    /// <summary>The acknowledgement goes out when the work of <see cref="IBrokerHost.OnPublish"/> has completed.</summary>
    public static PublishVerdict AllowAckAfterEffect => new() { Action = Kind.AllowAckAfterEffect };

    /// <summary>Acknowledged (at level 5 with the reason) and forgotten.</summary>
    public static PublishVerdict Drop(ReasonCode reason) => new() { Action = Kind.Drop, Reason = reason };

    /// <summary>No acknowledgement; level 5 is told the reason by DISCONNECT, level 4 sees the connection close.</summary>
    public static PublishVerdict Disconnect(ReasonCode reason) => new() { Action = Kind.Disconnect, Reason = reason };
}
