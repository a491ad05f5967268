using System.Text;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>A message on its way to subscribers. Immutable and shared by all of them; the payload is its own copy.</summary>
internal sealed class Message(string topic, ReadOnlyMemory<byte> payload, QoS qos, bool retain, Properties? properties, long expiresAt)
{
    public string Topic { get; } = topic;
    public byte[] TopicUtf8 { get; } = Encoding.UTF8.GetBytes(topic);
    public ReadOnlyMemory<byte> Payload { get; } = payload;
    public QoS QoS { get; } = qos;

    /// <summary>As it was published.</summary>
    public bool Retain { get; } = retain;

    /// <summary>Without what belongs to one hop (alias, subscription ids); null if there is none.</summary>
    public Properties? Properties { get; } = properties;

    /// <summary>On the broker's clock; <see cref="long.MaxValue"/> is never.</summary>
    public long ExpiresAt { get; } = expiresAt;

    /// <summary>Roughly what it occupies while it waits.</summary>
    public int Bytes => Payload.Length + (3 * TopicUtf8.Length) + 128;

    public static Message From(string topic, ReadOnlyMemory<byte> payload, QoS qos, bool retain, Properties? properties, long now)
    {
        var expires = properties?.MessageExpirySeconds is { } seconds ? now + (seconds * 1000L) : long.MaxValue;
        return new Message(topic, payload, qos, retain, WithoutHop(properties), expires);
    }

    /// <summary>The properties to send at <paramref name="now"/>: the expiry is what is left of it [MQTT-3.3.2-6].</summary>
    public Properties? PropertiesAt(long now, uint? subscriptionId)
    {
        if (ExpiresAt == long.MaxValue && subscriptionId is null)
            return Properties;

        var sent = Properties is null ? new Properties() : Properties with { };
        if (ExpiresAt != long.MaxValue)
            sent.MessageExpirySeconds = (uint)Math.Max(1, (ExpiresAt - now + 999) / 1000);
        if (subscriptionId is { } id)
            sent.SubscriptionIds = [id];
        return sent;
    }

    private static Properties? WithoutHop(Properties? properties)
    {
        if (properties is not { TopicAlias: null, SubscriptionIds: null } and not null)
            properties = properties with { TopicAlias = null, SubscriptionIds = null };
        return properties == new Properties() ? null : properties;
    }
}
