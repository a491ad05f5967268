using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>One message for one session. <paramref name="Direct"/>: sent by the host to this client, so nobody else is asked.</summary>
internal readonly record struct Delivery(Message Message, QoS QoS, bool Retain, IReadOnlyList<uint>? SubscriptionIds, bool Direct);
