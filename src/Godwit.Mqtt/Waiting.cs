using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>A message that waits in a session, with the identifier it is or will be sent with.</summary>
/// <param name="Released">QoS 2: PUBREC has come, only PUBREL is sent again; the message is gone.</param>
/// <param name="Kept">What the journal knows of it; null where it is not kept.</param>
internal readonly record struct Waiting(ushort Id, QoS QoS, Delivery Delivery, bool Dup, bool Released, KeptDelivery? Kept);
