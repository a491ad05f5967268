using System.Text;

namespace Godwit.Mqtt.Packets;

/// <summary>
/// Bytes to packets, for both directions and both levels. It keeps no bytes: the caller offers what has arrived, and again
/// with more when the answer is <see cref="ReadStatus.NeedMore"/>. A body is parsed once, when it is whole; what is wrong
/// with the first bytes (type, flags, length) is refused as soon as those bytes are there. Nothing throws.
/// </summary>
public sealed class PacketReader
{
    private readonly PacketSource source;

    /// <summary>A server's reader starts at <see cref="ProtocolLevel.None"/> and learns the level from CONNECT.</summary>
    public PacketReader(PacketSource source, ProtocolLevel level, PacketLimits limits)
    {
        this.source = source;
        Level = level;
        Limits = limits;
    }

    public ProtocolLevel Level { get; private set; }

    /// <summary>What CONNECT named as its level, also where it was refused for something behind that.</summary>
    public ProtocolLevel ClaimedLevel { get; private set; }

    public PacketLimits Limits { get; set; }

    public ReadStatus Read(ReadOnlyMemory<byte> bytes, out Packet packet, out int consumed, out ReasonCode refusal)
    {
        packet = default;
        consumed = 0;
        var span = bytes.Span;
        refusal = ReasonCode.Success;
        if (span.IsEmpty)
            return ReadStatus.NeedMore;

        refusal = CheckFirstByte(span[0]);
        if (refusal != ReasonCode.Success)
            return ReadStatus.Refused;

        if (!RemainingLength(span[1..], out var length, out var lengthBytes, out refusal))
            return refusal == ReasonCode.Success ? ReadStatus.NeedMore : ReadStatus.Refused;

        var total = 1 + lengthBytes + length;
        if (total > Limits.PacketBytesMax)
        {
            refusal = ReasonCode.PacketTooLarge;
            return ReadStatus.Refused;
        }

        if (span.Length < total)
            return ReadStatus.NeedMore;

        consumed = total;
        var body = bytes.Slice(1 + lengthBytes, length);
        var reader = new WireReader(body.Span);
        packet = Body(span[0], body, ref reader);
        if (Level == ProtocolLevel.V5 && lengthBytes > 1 && span[lengthBytes] == 0)
            reader.Fail(ReasonCode.MalformedPacket); // A longer form of the length than it takes [MQTT-1.5.5-1].
        refusal = reader.Error;
        if (!reader.Failed)
            return ReadStatus.Packet;

        packet = default;
        return ReadStatus.Refused;
    }

    private ReasonCode CheckFirstByte(byte first)
    {
        var type = (PacketType)(first >> 4);
        if (type == 0 || !MayArrive(type))
            return type == 0 ? ReasonCode.MalformedPacket : ReasonCode.ProtocolError;

        var flags = first & 0x0F;
        var ok = type switch
        {
            // QoS 3 [MQTT-3.3.1-4]; DUP at QoS 0 [MQTT-3.3.1-2].
            PacketType.Publish => (flags & 0b0110) != 0b0110 && ((flags & 0b1000) == 0 || (flags & 0b0110) != 0),
            PacketType.PubRel or PacketType.Subscribe or PacketType.Unsubscribe => flags == 0b0010,
            _ => flags == 0,
        };
        return ok ? ReasonCode.Success : ReasonCode.MalformedPacket;
    }

    private bool MayArrive(PacketType type)
    {
        // CONNECT comes first and once [MQTT-3.1.0-1] [MQTT-3.1.0-2].
        if (source == PacketSource.Client && (Level == ProtocolLevel.None) != (type == PacketType.Connect))
            return false;

        return type switch
        {
            PacketType.Connect or PacketType.Subscribe or PacketType.Unsubscribe or PacketType.PingReq => source == PacketSource.Client,
            PacketType.ConnAck or PacketType.SubAck or PacketType.UnsubAck or PacketType.PingResp => source == PacketSource.Server,
            PacketType.Disconnect => source == PacketSource.Client || Level == ProtocolLevel.V5,
            PacketType.Auth => Level == ProtocolLevel.V5,
            _ => true,
        };
    }

    /// <summary>At most four bytes, decoded as they come [MQTT-1.5.5-1]; false with Success means that more are needed.</summary>
    private static bool RemainingLength(ReadOnlySpan<byte> span, out int length, out int used, out ReasonCode refusal)
    {
        length = 0;
        refusal = ReasonCode.Success;
        for (used = 0; used < span.Length && used < 4; used++)
        {
            length |= (span[used] & 0x7F) << (7 * used);
            if ((span[used] & 0x80) != 0)
                continue;

            used++;
            return true;
        }

        if (used == 4)
            refusal = ReasonCode.MalformedPacket;
        return false;
    }

    private Packet Body(byte first, ReadOnlyMemory<byte> body, ref WireReader reader)
    {
        var type = (PacketType)(first >> 4);
        switch (type)
        {
            case PacketType.Connect: return new(type, Connect(ref reader));
            case PacketType.ConnAck: return new(type, ConnAck(ref reader));
            case PacketType.Publish: return new(Publish(first, body, ref reader));
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                return new(type, Ack(type, ref reader));
            case PacketType.Subscribe: return new(type, Subscribe(ref reader));
            case PacketType.Unsubscribe: return new(type, Unsubscribe(ref reader));
            case PacketType.SubAck or PacketType.UnsubAck: return new(type, SubAck(type, ref reader));
            case PacketType.Disconnect or PacketType.Auth: return new(type, Disconnect(type, ref reader));
            default:
                reader.ExpectEnd();
                return new(type, body: null);
        }
    }

    private ConnectPacket? Connect(ref WireReader reader)
    {
        var name = reader.Utf8Bytes();
        var level = reader.Byte();
        if (!reader.Failed && (!name.SequenceEqual("MQTT"u8) || level is not (4 or 5)))
            reader.Fail(ReasonCode.UnsupportedProtocolVersion);
        if (!reader.Failed)
            ClaimedLevel = (ProtocolLevel)level;

        var v5 = level == (byte)ProtocolLevel.V5;
        var flags = reader.Byte();
        var keepAlive = reader.UInt16();
        var hasWill = (flags & 0x04) != 0;
        var willQos = (flags >> 3) & 3;
        var userAndPassword = flags >> 6;
        var badFlags = (flags & 0x01) != 0                       // [MQTT-3.1.2-3]
            || willQos == 3                                      // [MQTT-3.1.2-14]
            || (!hasWill && (flags & 0x38) != 0)                 // [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15]
            || (!v5 && userAndPassword == 1);                    // a password without a user name [MQTT-3.1.2-22]
        if (badFlags)
            reader.Fail(ReasonCode.MalformedPacket);

        var properties = v5 ? PropertyReader.Read(ref reader, (int)PacketType.Connect, Limits.UserPropertiesMax) : null;
        if (properties is { AuthenticationData: not null, AuthenticationMethod: null })
            reader.Fail(ReasonCode.ProtocolError);

        var clientId = reader.Utf8String();
        var will = hasWill ? Will(ref reader, v5, (QoS)willQos, retain: (flags & 0x20) != 0) : null;
        var userName = (flags & 0x80) != 0 ? reader.Utf8String() : null;
        var password = (flags & 0x40) != 0 ? reader.Binary().ToArray() : null;
        reader.ExpectEnd();
        if (reader.Failed)
            return null;

        Level = (ProtocolLevel)level;
        return new ConnectPacket
        {
            Level = Level,
            ClientId = clientId,
            CleanStart = (flags & 0x02) != 0,
            KeepAliveSeconds = keepAlive,
            Will = will,
            UserName = userName,
            Password = password,
            Properties = properties,
        };
    }

    private Will Will(ref WireReader reader, bool v5, QoS qos, bool retain)
    {
        var properties = v5 ? PropertyReader.Read(ref reader, PropertyTable.Will, Limits.UserPropertiesMax) : null;
        var topic = reader.Utf8Bytes();
        CheckTopicName(ref reader, topic);
        return new Will(Encoding.UTF8.GetString(topic), reader.Binary().ToArray(), qos, retain) { Properties = properties };
    }

    private ConnAckPacket ConnAck(ref WireReader reader)
    {
        var flags = reader.Byte();
        if (flags > 1)
            reader.Fail(ReasonCode.MalformedPacket);
        var code = reader.Byte();
        var properties = Properties(ref reader, PacketType.ConnAck);
        reader.ExpectEnd();
        return new ConnAckPacket((flags & 1) != 0, code) { Properties = properties };
    }

    private PublishPacket Publish(byte first, ReadOnlyMemory<byte> body, ref WireReader reader)
    {
        var topic = reader.Utf8Bytes();
        var topicEnd = reader.Position;
        var qos = (QoS)((first >> 1) & 3);
        var packetId = qos == QoS.AtMostOnce ? (ushort)0 : reader.PacketId();
        var properties = Properties(ref reader, PacketType.Publish);
        if (properties is { TopicAlias: 0 })
            reader.Fail(ReasonCode.TopicAliasInvalid);
        if (source == PacketSource.Client && properties is { SubscriptionIds: not null })
            reader.Fail(ReasonCode.ProtocolError); // [MQTT-3.3.4-6]

        if (topic.IsEmpty && Level == ProtocolLevel.V5 && properties is not { TopicAlias: not null })
            reader.Fail(ReasonCode.ProtocolError);
        else if (!topic.IsEmpty || Level == ProtocolLevel.V311)
            CheckTopicName(ref reader, topic);

        return reader.Failed ? default : new PublishPacket
        {
            TopicUtf8 = body.Slice(topicEnd - topic.Length, topic.Length),
            Payload = body[reader.Position..],
            QoS = qos,
            Retain = (first & 1) != 0,
            Dup = (first & 8) != 0,
            PacketId = packetId,
            Properties = properties,
        };
    }

    private AckPacket Ack(PacketType type, ref WireReader reader)
    {
        var packetId = reader.PacketId();
        var reason = ReasonCode.Success;
        Properties? properties = null;
        if (Level == ProtocolLevel.V5 && reader.Left > 0)
        {
            reason = (ReasonCode)reader.Byte();
            if (!IsAckReason(type, reason))
                reader.Fail(ReasonCode.ProtocolError);
            if (reader.Left > 0)
                properties = Properties(ref reader, type);
        }

        reader.ExpectEnd();
        return new AckPacket { PacketId = packetId, Reason = reason, Properties = properties };
    }

    /// <summary>The codes of tables 3-4 and 3-5 (PUBACK, PUBREC), 3-6 and 3-7 (PUBREL, PUBCOMP) of OASIS MQTT 5.0.</summary>
    internal static bool IsAckReason(PacketType type, ReasonCode reason) => type is PacketType.PubAck or PacketType.PubRec
        ? reason is ReasonCode.Success or ReasonCode.NoMatchingSubscribers or ReasonCode.UnspecifiedError
            or ReasonCode.ImplementationSpecificError or ReasonCode.NotAuthorized or ReasonCode.TopicNameInvalid
            or ReasonCode.PacketIdentifierInUse or ReasonCode.QuotaExceeded or ReasonCode.PayloadFormatInvalid
        : reason is ReasonCode.Success or ReasonCode.PacketIdentifierNotFound;

    private SubscribePacket Subscribe(ref WireReader reader)
    {
        var packetId = reader.PacketId();
        var properties = Properties(ref reader, PacketType.Subscribe);
        var filters = new List<SubscribeFilter>();
        if (reader.Left == 0)
            reader.Fail(ReasonCode.ProtocolError); // At least one [MQTT-3.8.3-2], of 3.1.1 [MQTT-3.8.3-3].
        do
        {
            var filter = reader.Utf8String();
            var options = reader.Byte();
            CheckOptions(ref reader, options);
            if (filters.Count >= Limits.FiltersMax)
                reader.Fail(ReasonCode.QuotaExceeded);
            filters.Add(new SubscribeFilter(filter, (QoS)(options & 3))
            {
                NoLocal = (options & 0x04) != 0,
                RetainAsPublished = (options & 0x08) != 0,
                RetainHandling = (byte)((options >> 4) & 3),
            });
        }
        while (reader.Left > 0);

        return new SubscribePacket(packetId, filters) { Properties = properties };
    }

    /// <summary>Reserved bits make the packet malformed, of 3.1.1 QoS 3 as well; at level 5 a value 3 is a protocol error.</summary>
    private void CheckOptions(ref WireReader reader, byte options)
    {
        var reserved = Level == ProtocolLevel.V5 ? 0xC0 : 0xFC;
        var three = (options & 3) == 3 || (options & 0x30) == 0x30;
        if ((options & reserved) != 0 || (three && Level == ProtocolLevel.V311))
            reader.Fail(ReasonCode.MalformedPacket); // [MQTT-3.8.3-5], of 3.1.1 [MQTT-3.8.3-4]
        else if (three)
            reader.Fail(ReasonCode.ProtocolError);
    }

    private UnsubscribePacket Unsubscribe(ref WireReader reader)
    {
        var packetId = reader.PacketId();
        var properties = Properties(ref reader, PacketType.Unsubscribe);
        var filters = new List<string>();
        if (reader.Left == 0)
            reader.Fail(ReasonCode.ProtocolError); // At least one [MQTT-3.10.3-2].
        do
        {
            if (filters.Count >= Limits.FiltersMax)
                reader.Fail(ReasonCode.QuotaExceeded);
            filters.Add(reader.Utf8String());
        }
        while (reader.Left > 0);

        return new UnsubscribePacket(packetId, filters) { Properties = properties };
    }

    private SubAckPacket SubAck(PacketType type, ref WireReader reader)
    {
        var packetId = reader.PacketId();
        var properties = Properties(ref reader, type);
        if (type == PacketType.UnsubAck && Level == ProtocolLevel.V311)
            reader.ExpectEnd();
        else if (reader.Left == 0)
            reader.Fail(ReasonCode.MalformedPacket);

        var codes = new ReasonCode[reader.Left];
        for (var i = 0; i < codes.Length; i++)
            codes[i] = (ReasonCode)reader.Byte();
        return new SubAckPacket(packetId, codes) { Properties = properties };
    }

    private DisconnectPacket Disconnect(PacketType type, ref WireReader reader)
    {
        var reason = ReasonCode.Success;
        Properties? properties = null;
        if (Level == ProtocolLevel.V5 && reader.Left > 0)
        {
            reason = (ReasonCode)reader.Byte();
            if (!(type == PacketType.Auth ? IsAuthReason(reason) : IsDisconnectReason(reason)))
                reader.Fail(ReasonCode.ProtocolError); // [MQTT-3.14.2-1] [MQTT-3.15.2-1]
            if (reader.Left > 0)
                properties = Properties(ref reader, type);
        }

        reader.ExpectEnd();
        return new DisconnectPacket(reason) { Properties = properties };
    }

    /// <summary>The codes of table 3-10 (DISCONNECT) of OASIS MQTT 5.0 that this peer may send.</summary>
    private bool IsDisconnectReason(ReasonCode reason) => reason switch
    {
        ReasonCode.Success or ReasonCode.UnspecifiedError or ReasonCode.MalformedPacket or ReasonCode.ProtocolError
            or ReasonCode.ImplementationSpecificError or ReasonCode.TopicNameInvalid or ReasonCode.ReceiveMaximumExceeded
            or ReasonCode.TopicAliasInvalid or ReasonCode.PacketTooLarge or ReasonCode.MessageRateTooHigh or ReasonCode.QuotaExceeded
            or ReasonCode.AdministrativeAction or ReasonCode.PayloadFormatInvalid => true,
        ReasonCode.DisconnectWithWill => source == PacketSource.Client,
        ReasonCode.NotAuthorized or ReasonCode.ServerBusy or ReasonCode.ServerShuttingDown or ReasonCode.BadAuthenticationMethod
            or ReasonCode.KeepAliveTimeout or ReasonCode.SessionTakenOver or ReasonCode.TopicFilterInvalid
            or (>= ReasonCode.RetainNotSupported and <= ReasonCode.WildcardSubscriptionsNotSupported) => source == PacketSource.Server,
        _ => false,
    };

    private static bool IsAuthReason(ReasonCode reason) =>
        reason is ReasonCode.Success or ReasonCode.ContinueAuthentication or ReasonCode.ReAuthenticate;

    private Properties? Properties(ref WireReader reader, PacketType type) =>
        Level == ProtocolLevel.V5 ? PropertyReader.Read(ref reader, (int)type, Limits.UserPropertiesMax) : null;

    /// <summary>Not empty [MQTT-4.7.3-1], no wildcards [MQTT-3.3.2-2].</summary>
    private static void CheckTopicName(ref WireReader reader, ReadOnlySpan<byte> topic)
    {
        if (topic.IsEmpty || topic.ContainsAny((byte)'+', (byte)'#'))
            reader.Fail(ReasonCode.TopicNameInvalid);
    }
}
