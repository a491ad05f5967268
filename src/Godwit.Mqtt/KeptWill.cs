using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>The will of a session that outlives its connection: part of the session's state (OASIS MQTT 5.0, 4.1).</summary>
/// <param name="Message">Its message expiry, if it has one, stands in its properties: it begins when the will is published.</param>
/// <param name="Delay">How long it waits after the connection has ended.</param>
public sealed record KeptWill(KeptMessage Message, TimeSpan Delay)
{
    internal static KeptWill Of(Will will)
    {
        var message = new KeptMessage
        {
            Topic = will.Topic,
            Payload = will.Payload,
            QoS = will.QoS,
            Retain = will.Retain,
            Properties = PropertySection.Write(will.Properties is null ? null : will.Properties with { WillDelaySeconds = null }),
        };
        return new KeptWill(message, TimeSpan.FromSeconds(will.Properties?.WillDelaySeconds ?? 0));
    }

    internal Will ToWill() =>
        new(Message.Topic, Message.Payload.ToArray(), Message.QoS, Message.Retain) { Properties = PropertySection.Read(Message.Properties) };
}
