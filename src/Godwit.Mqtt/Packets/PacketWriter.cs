namespace Godwit.Mqtt.Packets;

/// <summary>
/// Packets to bytes, for both directions and both levels, appended to a <see cref="PooledBuffer"/>. At level 4 properties and
/// reason codes are left out, as they do not exist there.
/// </summary>
public static class PacketWriter
{
    private const int LengthGap = 4;

    public static void Connect(PooledBuffer output, ConnectPacket packet)
    {
        var start = Begin(output, 0x10);
        output.PutBinary("MQTT"u8);
        output.PutByte((byte)packet.Level);
        output.PutByte(ConnectFlags(packet));
        output.PutUInt16(packet.KeepAliveSeconds);
        PutProperties(output, packet.Level, packet.Properties);
        output.PutString(packet.ClientId);
        if (packet.Will is { } will)
        {
            PutProperties(output, packet.Level, will.Properties);
            output.PutString(will.Topic);
            output.PutBinary(will.Payload);
        }

        if (packet.UserName is not null)
            output.PutString(packet.UserName);
        if (packet.Password is not null)
            output.PutBinary(packet.Password);
        End(output, start);
    }

    public static void ConnAck(PooledBuffer output, ProtocolLevel level, ConnAckPacket packet)
    {
        var start = Begin(output, 0x20);
        output.PutByte(packet.SessionPresent ? (byte)1 : (byte)0);
        output.PutByte(packet.Code);
        PutProperties(output, level, packet.Properties);
        End(output, start);
    }

    public static void Publish(PooledBuffer output, ProtocolLevel level, in PublishPacket packet)
    {
        PublishHead(output, level, packet, packet.Payload.Length);
        output.PutBytes(packet.Payload.Span);
    }

    /// <summary>
    /// Everything of PUBLISH before its payload, with room declared for <paramref name="payloadBytes"/> that the caller sends
    /// after it; <see cref="PublishPacket.Payload"/> is not looked at.
    /// </summary>
    public static void PublishHead(PooledBuffer output, ProtocolLevel level, in PublishPacket packet, int payloadBytes) =>
        PublishHead(output, level, packet.TopicUtf8.Span, packet, payloadBytes);

    /// <summary>As above with the topic given apart, for a topic that lies on the stack.</summary>
    public static void PublishHead(
        PooledBuffer output, ProtocolLevel level, ReadOnlySpan<byte> topicUtf8, in PublishPacket packet, int payloadBytes)
    {
        var flags = (packet.Dup ? 8 : 0) | ((int)packet.QoS << 1) | (packet.Retain ? 1 : 0);
        var start = Begin(output, (byte)(0x30 | flags));
        output.PutBinary(topicUtf8);
        if (packet.QoS != QoS.AtMostOnce)
            output.PutUInt16(packet.PacketId);
        PutProperties(output, level, packet.Properties);
        End(output, start, payloadBytes);
    }

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP. Success without properties takes the short form [MQTT-3.4.2.1].</summary>
    public static void Ack(PooledBuffer output, ProtocolLevel level, PacketType type, in AckPacket packet)
    {
        var start = Begin(output, (byte)(((int)type << 4) | (type == PacketType.PubRel ? 2 : 0)));
        output.PutUInt16(packet.PacketId);
        if (level == ProtocolLevel.V5 && (packet.Reason != ReasonCode.Success || packet.Properties is not null))
        {
            output.PutByte((byte)packet.Reason);
            if (packet.Properties is not null)
                PropertyWriter.Write(output, packet.Properties);
        }

        End(output, start);
    }

    public static void Subscribe(PooledBuffer output, ProtocolLevel level, SubscribePacket packet)
    {
        var start = Begin(output, 0x82);
        output.PutUInt16(packet.PacketId);
        PutProperties(output, level, packet.Properties);
        foreach (var filter in packet.Filters)
        {
            output.PutString(filter.Filter);
            var options = (byte)filter.QoS;
            if (level == ProtocolLevel.V5)
                options |= (byte)((filter.NoLocal ? 4 : 0) | (filter.RetainAsPublished ? 8 : 0) | (filter.RetainHandling << 4));
            output.PutByte(options);
        }

        End(output, start);
    }

    public static void SubAck(PooledBuffer output, ProtocolLevel level, SubAckPacket packet)
    {
        var start = Begin(output, 0x90);
        output.PutUInt16(packet.PacketId);
        PutProperties(output, level, packet.Properties);
        foreach (var code in packet.Codes)
        {
            // Level 4 knows one failure code [MQTT-3.9.3-2].
            output.PutByte(level == ProtocolLevel.V5 || (byte)code < 0x80 ? (byte)code : (byte)0x80);
        }

        End(output, start);
    }

    public static void Unsubscribe(PooledBuffer output, ProtocolLevel level, UnsubscribePacket packet)
    {
        var start = Begin(output, 0xA2);
        output.PutUInt16(packet.PacketId);
        PutProperties(output, level, packet.Properties);
        foreach (var filter in packet.Filters)
            output.PutString(filter);
        End(output, start);
    }

    public static void UnsubAck(PooledBuffer output, ProtocolLevel level, SubAckPacket packet)
    {
        var start = Begin(output, 0xB0);
        output.PutUInt16(packet.PacketId);
        if (level == ProtocolLevel.V5)
        {
            PropertyWriter.Write(output, packet.Properties);
            foreach (var code in packet.Codes)
                output.PutByte((byte)code);
        }

        End(output, start);
    }

    public static void PingReq(PooledBuffer output) => output.PutUInt16(0xC000);

    public static void PingResp(PooledBuffer output) => output.PutUInt16(0xD000);

    public static void Disconnect(PooledBuffer output, ProtocolLevel level, DisconnectPacket packet) =>
        DisconnectOrAuth(output, 0xE0, level, packet);

    public static void Auth(PooledBuffer output, DisconnectPacket packet) =>
        DisconnectOrAuth(output, 0xF0, ProtocolLevel.V5, packet);

    private static void DisconnectOrAuth(PooledBuffer output, byte first, ProtocolLevel level, DisconnectPacket packet)
    {
        var start = Begin(output, first);
        if (level == ProtocolLevel.V5 && (packet.Reason != ReasonCode.Success || packet.Properties is not null))
        {
            output.PutByte((byte)packet.Reason);
            if (packet.Properties is not null)
                PropertyWriter.Write(output, packet.Properties);
        }

        End(output, start);
    }

    private static byte ConnectFlags(ConnectPacket packet)
    {
        var flags = packet.CleanStart ? 0x02 : 0;
        if (packet.Will is { } will)
            flags |= 0x04 | ((int)will.QoS << 3) | (will.Retain ? 0x20 : 0);
        if (packet.Password is not null)
            flags |= 0x40;
        if (packet.UserName is not null)
            flags |= 0x80;
        return (byte)flags;
    }

    private static void PutProperties(PooledBuffer output, ProtocolLevel level, Properties? properties)
    {
        if (level == ProtocolLevel.V5)
            PropertyWriter.Write(output, properties);
    }

    private static int Begin(PooledBuffer output, byte first)
    {
        output.PutByte(first);
        var start = output.Count;
        output.Put(LengthGap);
        return start;
    }

    private static void End(PooledBuffer output, int start, int more = 0) =>
        output.PutLengthInGap(start, LengthGap, (uint)(output.Count - start - LengthGap + more));
}
