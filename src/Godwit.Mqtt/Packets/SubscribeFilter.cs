namespace Godwit.Mqtt.Packets;

/// <summary>One filter of SUBSCRIBE with its options; the last three exist at level 5 only.</summary>
public readonly record struct SubscribeFilter(string Filter, QoS QoS)
{
    public bool NoLocal { get; init; }
    public bool RetainAsPublished { get; init; }

    /// <summary>0: send retained messages; 1: only if the subscription is new; 2: never.</summary>
    public byte RetainHandling { get; init; }
}
