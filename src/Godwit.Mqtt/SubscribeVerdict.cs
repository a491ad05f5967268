using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>What to answer to one filter of SUBSCRIBE.</summary>
public readonly record struct SubscribeVerdict
{
    internal ReasonCode Failure { get; private init; }

    internal bool Ends { get; private init; }

    /// <summary>Granted at the QoS asked for, or the broker's maximum if that is lower.</summary>
    public static SubscribeVerdict Granted => default;

    /// <summary>SUBACK carries the code (0x80 at level 4); the connection stays.</summary>
    public static SubscribeVerdict Refuse(ReasonCode failure) => new() { Failure = failure };

    public static SubscribeVerdict Disconnect(ReasonCode reason) => new() { Failure = reason, Ends = true };
}
