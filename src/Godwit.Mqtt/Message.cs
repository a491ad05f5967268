using System.Text;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>A message on its way to subscribers. Immutable and shared by all of them; the payload is its own copy.</summary>
internal sealed class Message(string topic, ReadOnlyMemory<byte> payload, QoS qos, bool retain, Properties? properties, long expiresAt)
{
    private KeptMessage? kept;

    public string Topic { get; } = topic;
    public byte[] TopicUtf8 { get; } = Encoding.UTF8.GetBytes(topic);
    public ReadOnlyMemory<byte> Payload { get; } = payload;
    public QoS QoS { get; } = qos;

    /// <summary>As it was published.</summary>
    public bool Retain { get; } = retain;

    /// <summary>Without what belongs to one hop (alias, subscription ids, a will's delay); null if there is none.</summary>
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

    /// <summary>As it was before the process ended.</summary>
    public static Message From(KeptMessage kept, BrokerClock clock) =>
        new(kept.Topic, kept.Payload, kept.QoS, kept.Retain, PropertySection.Read(kept.Properties), clock.At(kept.ExpiresAt)) { kept = kept };

    /// <summary>In the form that can be written; the same one each time.</summary>
    public KeptMessage Kept(BrokerClock clock)
    {
        if (Volatile.Read(ref kept) is { } known)
            return known;

        var made = new KeptMessage
        {
            Topic = Topic,
            Payload = Payload,
            QoS = QoS,
            Retain = Retain,
            Properties = PropertySection.Write(Properties),
            ExpiresAt = ExpiresAt == long.MaxValue ? null : clock.UtcAt(ExpiresAt),
        };
        return Interlocked.CompareExchange(ref kept, made, null) ?? made;
    }

    /// <summary>The properties to send at <paramref name="now"/>: the expiry is what is left of it [MQTT-3.3.2-6].</summary>
    public Properties? PropertiesAt(long now, IReadOnlyList<uint>? subscriptionIds)
    {
        if (ExpiresAt == long.MaxValue && subscriptionIds is null)
            return Properties;

        var sent = Properties is null ? new Properties() : Properties with { };
        if (ExpiresAt != long.MaxValue)
            sent.MessageExpirySeconds = (uint)Math.Max(1, (ExpiresAt - now + 999) / 1000);
        if (subscriptionIds is not null)
            sent.SubscriptionIds = [.. subscriptionIds];
        return sent;
    }

    private static Properties? WithoutHop(Properties? properties)
    {
        if (properties is not { TopicAlias: null, SubscriptionIds: null, WillDelaySeconds: null } and not null)
            properties = properties with { TopicAlias = null, SubscriptionIds = null, WillDelaySeconds = null };
        return properties == new Properties() ? null : properties;
    }
}
