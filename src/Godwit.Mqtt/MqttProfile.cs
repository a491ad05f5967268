using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>
/// Where brokers differ in what clients can see. <see cref="Aws"/> is what AWS IoT Core does, <see cref="Standard"/> follows
/// OASIS MQTT 3.1.1 and 5.0 in everything. Sizes are bytes of UTF-8.
/// </summary>
public sealed record MqttProfile
{
    /// <summary>Higher is refused: SUBSCRIBE and PUBLISH end the connection (0x9B), so does a will at CONNECT.</summary>
    public QoS MaximumQos { get; init; } = QoS.AtLeastOnce;

    /// <summary>False: SUBSCRIBE with a subscription identifier ends the connection with 0xA1.</summary>
    public bool SubscriptionIdentifiers { get; init; }

    /// <summary>Does <c>a/#</c> match <c>a</c>? OASIS says yes [MQTT-4.7.1-2], AWS does not.</summary>
    public bool ParentMatchesMultiLevelWildcard { get; init; }

    /// <summary>False: only a filter without wildcards gets retained messages when it is subscribed.</summary>
    public bool RetainedForWildcardFilters { get; init; }

    /// <summary>A refusal at level 4 closes the connection without CONNACK.</summary>
    public bool SilentRefusalV311 { get; init; } = true;

    public bool ClientIdMayStartWithDollar { get; init; }

    /// <summary>May a filter begin with a dollar that is neither the host's own nor <c>$share</c>, such as <c>$SYS/#</c>? The host asks.</summary>
    public bool OtherDollarFilters { get; init; }

    /// <summary>A filter that cannot be, such as <c>a/#/b</c>, ends the connection [MQTT-4.13.1-1]; false: it fails in SUBACK.</summary>
    public bool ClosesAtBadFilter { get; init; }

    /// <summary>A client id has one session for each protocol level; false: one, whatever it speaks.</summary>
    public bool SessionsByLevel { get; init; } = true;

    /// <summary>A longer message expiry is lowered to it; zero: not.</summary>
    public uint MessageExpirySecondsMax { get; init; } = 604_800;
    public int ClientIdBytesMax { get; init; } = 128;
    public int TopicBytesMax { get; init; } = 256;

    /// <summary>In topics and in filters; <c>$share/name/</c> is not counted.</summary>
    public int SlashesMax { get; init; } = 7;

    public int FiltersPerSubscribeMax { get; init; } = 8;
    public int SubscriptionsPerConnectionMax { get; init; } = 50;
    public int PayloadBytesMax { get; init; } = 131_072;

    /// <summary>The whole packet; level 5 is told so in CONNACK.</summary>
    public int PacketBytesMax { get; init; } = 149_504;

    /// <summary>CONNECT, of which nobody is known yet.</summary>
    public int ConnectBytesMax { get; init; } = 8192;

    public int UserPropertiesMax { get; init; } = 20;

    /// <summary>1 up to this is raised to it; zero takes <see cref="KeepAliveSecondsMax"/>.</summary>
    public int KeepAliveSecondsMin { get; init; } = 30;

    /// <summary>Zero: not clamped, and a keep-alive of zero stays off.</summary>
    public int KeepAliveSecondsMax { get; init; } = 1200;

    /// <summary>Unacknowledged QoS 1 messages, each way.</summary>
    public ushort ReceiveMaximum { get; init; } = 100;

    /// <summary>Each way.</summary>
    public ushort TopicAliasMaximum { get; init; } = 8;

    /// <summary>How long a level 4 session with Clean Session 0 is kept after its connection.</summary>
    public TimeSpan SessionLifetimeV311 { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A longer session expiry is lowered to it, and CONNACK says so.</summary>
    public TimeSpan SessionExpiryMax { get; init; } = TimeSpan.FromDays(7);

    /// <summary>A message expiry beyond the maximum is lowered to it.</summary>
    internal Properties? Lowered(Properties? properties) =>
        MessageExpirySecondsMax > 0 && properties?.MessageExpirySeconds > MessageExpirySecondsMax
            ? properties with { MessageExpirySeconds = MessageExpirySecondsMax }
            : properties;

    public static MqttProfile Aws { get; } = new();

    public static MqttProfile Standard { get; } = new()
    {
        MaximumQos = QoS.ExactlyOnce,
        SubscriptionIdentifiers = true,
        ParentMatchesMultiLevelWildcard = true,
        RetainedForWildcardFilters = true,
        SilentRefusalV311 = false,
        ClientIdMayStartWithDollar = true,
        OtherDollarFilters = true,
        ClosesAtBadFilter = true,
        SessionsByLevel = false,
        MessageExpirySecondsMax = 0,
        UserPropertiesMax = 1024,
        ClientIdBytesMax = ushort.MaxValue,
        TopicBytesMax = ushort.MaxValue,
        SlashesMax = 127,
        FiltersPerSubscribeMax = 1024,
        SubscriptionsPerConnectionMax = 1024,
        PayloadBytesMax = (1 << 20) + (1 << 17),
        PacketBytesMax = (1 << 20) + (1 << 17),
        ConnectBytesMax = 6 * 65_536,
        KeepAliveSecondsMin = 0,
        KeepAliveSecondsMax = 0,
        ReceiveMaximum = 1024,
        TopicAliasMaximum = 64,
        SessionLifetimeV311 = TimeSpan.FromDays(7),
        SessionExpiryMax = TimeSpan.FromDays(365),
    };
}
