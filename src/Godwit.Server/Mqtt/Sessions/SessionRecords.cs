using Godwit.Mqtt;
using Godwit.Mqtt.Packets;
using Godwit.Server.Storage;

namespace Godwit.Server.Mqtt.Sessions;

/// <summary>The rows of kept sessions and retained messages. Every write may be repeated: it says what is, not what changes.</summary>
internal static class SessionRecords
{
    private const string Delivery = "account = @Account AND client_id = @ClientId AND level = @Level AND number = @Number";
    private const int NoLocal = 1;
    private const int RetainAsPublished = 2;

    public static void PutSession(WriteSession write, SessionKey key, TimeSpan lifetime, DateTimeOffset? endsAt) => write.RunHot(
        """
        INSERT INTO mqtt_session (account, client_id, level, lifetime_ms, ends_at_ms) VALUES (@Account, @ClientId, @Level, @Lifetime, @EndsAt)
        ON CONFLICT (account, client_id, level) DO UPDATE SET lifetime_ms = excluded.lifetime_ms, ends_at_ms = excluded.ends_at_ms
        """,
        ("@Account", key.Domain), ("@ClientId", key.ClientId), ("@Level", (long)key.Level), ("@Lifetime", (long)lifetime.TotalMilliseconds), ("@EndsAt", endsAt?.ToUnixTimeMilliseconds()));

    public static void DeleteSession(WriteSession write, SessionKey key)
    {
        ReadOnlySpan<(string, object?)> session = [("@Account", key.Domain), ("@ClientId", key.ClientId), ("@Level", (long)key.Level)];
        write.RunHot("DELETE FROM mqtt_session WHERE account = @Account AND client_id = @ClientId AND level = @Level", session);
        write.RunHot("DELETE FROM mqtt_subscription WHERE account = @Account AND client_id = @ClientId AND level = @Level", session);
        write.RunHot("DELETE FROM mqtt_received WHERE account = @Account AND client_id = @ClientId AND level = @Level", session);
    }

    public static void PutWill(WriteSession write, SessionKey key, KeptWill will, DateTimeOffset? dueAt) => write.RunHot(
        """
        INSERT INTO mqtt_will (account, client_id, level, topic, payload, qos, retain, properties, delay_ms, due_at_ms)
        VALUES (@Account, @ClientId, @Level, @Topic, @Payload, @Qos, @Retain, @Properties, @Delay, @DueAt)
        ON CONFLICT (account, client_id, level) DO UPDATE SET topic = excluded.topic, payload = excluded.payload, qos = excluded.qos, retain = excluded.retain,
          properties = excluded.properties, delay_ms = excluded.delay_ms, due_at_ms = excluded.due_at_ms
        """,
        ("@Account", key.Domain), ("@ClientId", key.ClientId), ("@Level", (long)key.Level), ("@Topic", will.Message.Topic), ("@Payload", will.Message.Payload.ToArray()),
        ("@Qos", (long)will.Message.QoS), ("@Retain", will.Message.Retain ? 1L : 0L), ("@Properties", will.Message.Properties),
        ("@Delay", (long)will.Delay.TotalMilliseconds), ("@DueAt", dueAt?.ToUnixTimeMilliseconds()));

    public static void DeleteWill(WriteSession write, SessionKey key) => write.RunHot(
        "DELETE FROM mqtt_will WHERE account = @Account AND client_id = @ClientId AND level = @Level",
        ("@Account", key.Domain), ("@ClientId", key.ClientId), ("@Level", (long)key.Level));

    public static void PutSubscription(WriteSession write, SessionKey key, KeptSubscription kept) => write.RunHot(
        """
        INSERT INTO mqtt_subscription (account, client_id, level, filter, qos, options, subscription_id)
        VALUES (@Account, @ClientId, @Level, @Filter, @Qos, @Options, @Id)
        ON CONFLICT (account, client_id, level, filter) DO UPDATE SET qos = excluded.qos, options = excluded.options, subscription_id = excluded.subscription_id
        """,
        ("@Account", key.Domain), ("@ClientId", key.ClientId), ("@Level", (long)key.Level), ("@Filter", kept.Filter.Filter), ("@Qos", (long)kept.Filter.QoS),
        ("@Options", (kept.Filter.NoLocal ? NoLocal : 0L) | (kept.Filter.RetainAsPublished ? RetainAsPublished : 0L)), ("@Id", (long?)kept.Id));

    public static void DeleteSubscription(WriteSession write, SessionKey key, string filter) => write.RunHot(
        "DELETE FROM mqtt_subscription WHERE account = @Account AND client_id = @ClientId AND level = @Level AND filter = @Filter",
        ("@Account", key.Domain), ("@ClientId", key.ClientId), ("@Level", (long)key.Level), ("@Filter", filter));

    public static void PutMessage(WriteSession write, string account, long id, KeptMessage message) => write.RunHot(
        """
        INSERT INTO mqtt_message (account, message_id, topic, payload, qos, retain, properties, expires_at_ms)
        VALUES (@Account, @Id, @Topic, @Payload, @Qos, @Retain, @Properties, @ExpiresAt)
        ON CONFLICT (account, message_id) DO UPDATE SET topic = excluded.topic
        """,
        ("@Account", account), ("@Id", id), ("@Topic", message.Topic), ("@Payload", message.Payload.ToArray()), ("@Qos", (long)message.QoS),
        ("@Retain", message.Retain ? 1L : 0L), ("@Properties", message.Properties), ("@ExpiresAt", message.ExpiresAt?.ToUnixTimeMilliseconds()));

    public static void DeleteMessage(WriteSession write, string account, long id) =>
        write.RunHot("DELETE FROM mqtt_message WHERE account = @Account AND message_id = @Id", ("@Account", account), ("@Id", id));

    public static void PutDelivery(WriteSession write, KeptDelivery delivery, long messageId, KeptDelivery.Progress state) => write.RunHot(
        """
        INSERT INTO mqtt_delivery (account, client_id, level, number, message_id, packet_id, qos, retain, subscription_ids, state)
        VALUES (@Account, @ClientId, @Level, @Number, @MessageId, @PacketId, @Qos, @Retain, @Ids, @State)
        ON CONFLICT (account, client_id, level, number) DO UPDATE SET state = excluded.state
        """,
        ("@Account", delivery.Session.Domain), ("@ClientId", delivery.Session.ClientId), ("@Level", (long)delivery.Session.Level), ("@Number", delivery.Number),
        ("@MessageId", messageId), ("@PacketId", (long)delivery.PacketId), ("@Qos", (long)delivery.QoS), ("@Retain", delivery.Retain ? 1L : 0L),
        ("@Ids", delivery.SubscriptionIds is { } ids ? string.Join(',', ids) : null), ("@State", (long)state));

    public static void PutState(WriteSession write, KeptDelivery delivery) => write.RunHot(
        "UPDATE mqtt_delivery SET state = @State WHERE " + Delivery,
        ("@State", (long)delivery.State), ("@Account", delivery.Session.Domain), ("@ClientId", delivery.Session.ClientId),
        ("@Level", (long)delivery.Session.Level), ("@Number", delivery.Number));

    public static void DeleteDelivery(WriteSession write, KeptDelivery delivery) => write.RunHot(
        "DELETE FROM mqtt_delivery WHERE " + Delivery,
        ("@Account", delivery.Session.Domain), ("@ClientId", delivery.Session.ClientId), ("@Level", (long)delivery.Session.Level), ("@Number", delivery.Number));

    public static void PutReceived(WriteSession write, SessionKey key, ushort packetId) => write.RunHot(
        """
        INSERT INTO mqtt_received (account, client_id, level, packet_id) VALUES (@Account, @ClientId, @Level, @PacketId)
        ON CONFLICT (account, client_id, level, packet_id) DO NOTHING
        """,
        ("@Account", key.Domain), ("@ClientId", key.ClientId), ("@Level", (long)key.Level), ("@PacketId", (long)packetId));

    public static void DeleteReceived(WriteSession write, SessionKey key, ushort packetId) => write.RunHot(
        "DELETE FROM mqtt_received WHERE account = @Account AND client_id = @ClientId AND level = @Level AND packet_id = @PacketId",
        ("@Account", key.Domain), ("@ClientId", key.ClientId), ("@Level", (long)key.Level), ("@PacketId", (long)packetId));

    public static void PutRetained(WriteSession write, string account, KeptMessage message) => write.RunHot(
        """
        INSERT INTO mqtt_retained (account, topic, payload, qos, properties, expires_at_ms, published_at_ms)
        VALUES (@Account, @Topic, @Payload, @Qos, @Properties, @ExpiresAt, @PublishedAt)
        ON CONFLICT (account, topic) DO UPDATE SET payload = excluded.payload, qos = excluded.qos, properties = excluded.properties,
          expires_at_ms = excluded.expires_at_ms, published_at_ms = excluded.published_at_ms
        """,
        ("@Account", account), ("@Topic", message.Topic), ("@Payload", message.Payload.ToArray()), ("@Qos", (long)message.QoS), ("@Properties", message.Properties),
        ("@ExpiresAt", message.ExpiresAt?.ToUnixTimeMilliseconds()), ("@PublishedAt", write.NowMs));

    public static void DeleteRetained(WriteSession write, string account, string topic) =>
        write.RunHot("DELETE FROM mqtt_retained WHERE account = @Account AND topic = @Topic", ("@Account", account), ("@Topic", topic));

    /// <summary>Takes out what no session holds any more: a process that was killed may leave it behind.</summary>
    public static int Tidy(WriteSession write) =>
        write.Execute(
            """
            DELETE FROM mqtt_delivery WHERE NOT EXISTS (
              SELECT 1 FROM mqtt_session s WHERE s.account = mqtt_delivery.account AND s.client_id = mqtt_delivery.client_id AND s.level = mqtt_delivery.level)
            """)
        + write.Execute(
            "DELETE FROM mqtt_will WHERE NOT EXISTS (SELECT 1 FROM mqtt_session s WHERE s.account = mqtt_will.account AND s.client_id = mqtt_will.client_id AND s.level = mqtt_will.level)")
        + write.Execute(
            "DELETE FROM mqtt_message WHERE NOT EXISTS (SELECT 1 FROM mqtt_delivery d WHERE d.account = mqtt_message.account AND d.message_id = mqtt_message.message_id)");

    public static KeptState Load(ReadSession read, DateTimeOffset now)
    {
        var messages = read.Query<MessageRow>("SELECT * FROM mqtt_message").ToDictionary(row => (row.Account, row.MessageId), row => row.ToMessage(isStored: true));
        var subscriptions = read.Query<SubscriptionRow>("SELECT * FROM mqtt_subscription").ToLookup(row => row.Key, row => row.ToSubscription());
        var received = read.Query<ReceivedRow>("SELECT * FROM mqtt_received").ToLookup(row => row.Key, row => (ushort)row.PacketId);
        var wills = read.Query<WillRow>("SELECT * FROM mqtt_will").ToDictionary(row => row.Key);
        var deliveries = read.Query<DeliveryRow>("SELECT * FROM mqtt_delivery ORDER BY number")
            .Where(row => messages.ContainsKey((row.Account, row.MessageId)))
            .ToLookup(row => row.Key, row => row.ToDelivery(messages[(row.Account, row.MessageId)]));
        return new KeptState
        {
            Sessions =
            [
                .. read.Query<SessionRow>("SELECT * FROM mqtt_session").Select(row => new KeptSession(row.Key, row.Lifetime, row.EndsAt(now))
                {
                    Subscriptions = [.. subscriptions[row.Key]],
                    Deliveries = [.. deliveries[row.Key]],
                    Received = [.. received[row.Key]],
                    Will = wills.GetValueOrDefault(row.Key)?.ToWill(),
                    WillDueAt = wills.GetValueOrDefault(row.Key)?.DueAt(now) ?? default,
                }),
            ],
            Retained = [.. read.Query<MessageRow>("SELECT account, topic, payload, qos, 1 AS retain, properties, expires_at_ms FROM mqtt_retained").Select(row => (row.Account, row.ToMessage(isStored: false)))],
        };
    }

    private abstract record OfSession
    {
        public string Account { get; init; } = "";

        public string ClientId { get; init; } = "";

        public long Level { get; init; }

        public SessionKey Key => new(Account, ClientId, (ProtocolLevel)Level);
    }

    private sealed record SessionRow : OfSession
    {
        public long LifetimeMs { get; init; }

        public long? EndsAtMs { get; init; }

        public TimeSpan Lifetime => TimeSpan.FromMilliseconds(LifetimeMs);

        /// <summary>A client that was connected when the process ended has been away since now.</summary>
        public DateTimeOffset EndsAt(DateTimeOffset now) => EndsAtMs is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : now + Lifetime;
    }

    private sealed record SubscriptionRow : OfSession
    {
        public string Filter { get; init; } = "";

        public long Qos { get; init; }

        public long Options { get; init; }

        public long? SubscriptionId { get; init; }

        public KeptSubscription ToSubscription() => new(
            new SubscribeFilter(Filter, (QoS)Qos) { NoLocal = (Options & NoLocal) != 0, RetainAsPublished = (Options & SessionRecords.RetainAsPublished) != 0 },
            (uint?)SubscriptionId);
    }

    private sealed record WillRow : OfSession
    {
        public string Topic { get; init; } = "";

        public byte[] Payload { get; init; } = [];

        public long Qos { get; init; }

        public long Retain { get; init; }

        public byte[]? Properties { get; init; }

        public long DelayMs { get; init; }

        public long? DueAtMs { get; init; }

        public KeptWill ToWill() => new(
            new KeptMessage { Topic = Topic, Payload = Payload, QoS = (QoS)Qos, Retain = Retain != 0, Properties = Properties },
            TimeSpan.FromMilliseconds(DelayMs));

        /// <summary>The connection of a client that was connected when the process ended is over since now.</summary>
        public DateTimeOffset DueAt(DateTimeOffset now) => DueAtMs is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : now + TimeSpan.FromMilliseconds(DelayMs);
    }

    private sealed record ReceivedRow : OfSession
    {
        public long PacketId { get; init; }
    }

    private sealed record DeliveryRow : OfSession
    {
        public long Number { get; init; }

        public long MessageId { get; init; }

        public long PacketId { get; init; }

        public long Qos { get; init; }

        public long Retain { get; init; }

        public string? SubscriptionIds { get; init; }

        public long State { get; init; }

        public KeptDelivery ToDelivery(KeptMessage message) => new(Key, Number, message, (ushort)PacketId, (QoS)Qos, Retain != 0)
        {
            SubscriptionIds = SubscriptionIds?.Split(',').Select(uint.Parse).ToArray(),
            State = (KeptDelivery.Progress)State,
        };
    }

    private sealed record MessageRow
    {
        public string Account { get; init; } = "";

        public long MessageId { get; init; }

        public string Topic { get; init; } = "";

        public byte[] Payload { get; init; } = [];

        public long Qos { get; init; }

        public long Retain { get; init; }

        public byte[]? Properties { get; init; }

        public long? ExpiresAtMs { get; init; }

        public KeptMessage ToMessage(bool isStored) => new()
        {
            Topic = Topic,
            Payload = Payload,
            QoS = (QoS)Qos,
            Retain = Retain != 0,
            Properties = Properties,
            ExpiresAt = ExpiresAtMs is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            JournalState = isStored ? new MessageNote(MessageId) { IsStored = true } : null,
        };
    }
}
