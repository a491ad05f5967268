namespace Godwit.Mqtt.Packets;

/// <summary>Reads one property section: linear in its bytes, each property at most once, user properties counted.</summary>
internal static class PropertyReader
{
    public static Properties? Read(ref WireReader reader, int owner, int userPropertiesMax)
    {
        var length = reader.VarInt();
        if (length == 0 || reader.Failed)
            return null;

        var oldEnd = reader.Narrow(length);
        var properties = new Properties();
        ulong seen = 0;
        while (reader.Left > 0)
        {
            var raw = reader.VarInt();
            if (raw > 63 || !PropertyTable.Allows((PropertyId)raw, owner))
            {
                // An identifier that is unknown, or not for this packet, is a malformed packet [MQTT-2.2.2.2].
                reader.Fail(ReasonCode.MalformedPacket);
                break;
            }

            var id = (PropertyId)raw;
            var repeatable = id == PropertyId.UserProperty || (id == PropertyId.SubscriptionId && owner == (int)PacketType.Publish);
            if (!repeatable && (seen & (1UL << (int)raw)) != 0)
                reader.Fail(ReasonCode.ProtocolError);
            seen |= 1UL << (int)raw;
            ReadOne(ref reader, properties, id, userPropertiesMax);
        }

        reader.Widen(oldEnd);
        return properties;
    }

    private static void ReadOne(ref WireReader reader, Properties to, PropertyId id, int userPropertiesMax)
    {
        switch (id)
        {
            case PropertyId.PayloadFormat: to.PayloadFormat = Flag(ref reader); break;
            case PropertyId.MessageExpiry: to.MessageExpirySeconds = reader.UInt32(); break;
            case PropertyId.ContentType: to.ContentType = reader.Utf8String(); break;
            case PropertyId.ResponseTopic: to.ResponseTopic = TopicName(ref reader); break;
            case PropertyId.CorrelationData: to.CorrelationData = reader.Binary().ToArray(); break;
            case PropertyId.SubscriptionId: SubscriptionId(ref reader, to); break;
            case PropertyId.SessionExpiry: to.SessionExpirySeconds = reader.UInt32(); break;
            case PropertyId.AssignedClientId: to.AssignedClientId = reader.Utf8String(); break;
            case PropertyId.ServerKeepAlive: to.ServerKeepAliveSeconds = reader.UInt16(); break;
            case PropertyId.AuthenticationMethod: to.AuthenticationMethod = reader.Utf8String(); break;
            case PropertyId.AuthenticationData: to.AuthenticationData = reader.Binary().ToArray(); break;
            case PropertyId.RequestProblemInformation: to.RequestProblemInformation = Flag(ref reader); break;
            case PropertyId.WillDelay: to.WillDelaySeconds = reader.UInt32(); break;
            case PropertyId.RequestResponseInformation: to.RequestResponseInformation = Flag(ref reader); break;
            case PropertyId.ResponseInformation: to.ResponseInformation = reader.Utf8String(); break;
            case PropertyId.ServerReference: to.ServerReference = reader.Utf8String(); break;
            case PropertyId.ReasonString: to.ReasonString = reader.Utf8String(); break;
            case PropertyId.ReceiveMaximum: to.ReceiveMaximum = (ushort)NotZero(ref reader, reader.UInt16()); break;
            case PropertyId.TopicAliasMaximum: to.TopicAliasMaximum = reader.UInt16(); break;
            case PropertyId.TopicAlias: to.TopicAlias = reader.UInt16(); break;
            case PropertyId.MaximumQos: to.MaximumQos = Flag(ref reader); break;
            case PropertyId.RetainAvailable: to.RetainAvailable = Flag(ref reader); break;
            case PropertyId.UserProperty: UserProperty(ref reader, to, userPropertiesMax); break;
            case PropertyId.MaximumPacketSize: to.MaximumPacketBytes = NotZero(ref reader, reader.UInt32()); break;
            case PropertyId.WildcardSubscriptionAvailable: to.WildcardSubscriptionAvailable = Flag(ref reader); break;
            case PropertyId.SubscriptionIdAvailable: to.SubscriptionIdsAvailable = Flag(ref reader); break;
            case PropertyId.SharedSubscriptionAvailable: to.SharedSubscriptionAvailable = Flag(ref reader); break;
        }
    }

    private static byte Flag(ref WireReader reader)
    {
        var value = reader.Byte();
        if (value > 1)
            reader.Fail(ReasonCode.ProtocolError);
        return value;
    }

    private static uint NotZero(ref WireReader reader, uint value)
    {
        if (value == 0)
            reader.Fail(ReasonCode.ProtocolError);
        return value;
    }

    private static string TopicName(ref WireReader reader)
    {
        var bytes = reader.Utf8Bytes();
        // [MQTT-3.3.2-14], and like every topic name it is at least one character long [MQTT-4.7.3-1].
        if (bytes.IsEmpty || bytes.ContainsAny((byte)'+', (byte)'#'))
            reader.Fail(ReasonCode.ProtocolError);
        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    private static void SubscriptionId(ref WireReader reader, Properties to) =>
        (to.SubscriptionIds ??= []).Add(NotZero(ref reader, reader.VarInt()));

    private static void UserProperty(ref WireReader reader, Properties to, int max)
    {
        to.UserProperties ??= [];
        if (to.UserProperties.Count >= max)
        {
            reader.Fail(ReasonCode.QuotaExceeded);
            return;
        }

        to.UserProperties.Add(new UserProperty(reader.Utf8String(), reader.Utf8String()));
    }
}
