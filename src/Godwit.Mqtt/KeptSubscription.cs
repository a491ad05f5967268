using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>One filter of a kept session, as it was granted, with its subscription identifier if it has one.</summary>
public sealed record KeptSubscription(SubscribeFilter Filter, uint? Id);
