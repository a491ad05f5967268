namespace Godwit.Mqtt.Packets;

/// <summary>Writes a property section in the order of the identifiers; what is null is left out.</summary>
internal static class PropertyWriter
{
    public static void Write(PooledBuffer output, Properties? properties)
    {
        var start = output.Count;
        output.PutByte(0);
        if (properties is null)
            return;

        WriteAll(output, properties);
        output.PutLengthInGap(start, gap: 1, (uint)(output.Count - start - 1));
    }

    private static void WriteAll(PooledBuffer output, Properties p)
    {
        Byte(output, PropertyId.PayloadFormat, p.PayloadFormat);
        UInt32(output, PropertyId.MessageExpiry, p.MessageExpirySeconds);
        String(output, PropertyId.ContentType, p.ContentType);
        String(output, PropertyId.ResponseTopic, p.ResponseTopic);
        Binary(output, PropertyId.CorrelationData, p.CorrelationData);
        foreach (var id in p.SubscriptionIds ?? [])
        {
            output.PutByte((byte)PropertyId.SubscriptionId);
            output.PutVarInt(id);
        }

        UInt32(output, PropertyId.SessionExpiry, p.SessionExpirySeconds);
        String(output, PropertyId.AssignedClientId, p.AssignedClientId);
        UInt16(output, PropertyId.ServerKeepAlive, p.ServerKeepAliveSeconds);
        String(output, PropertyId.AuthenticationMethod, p.AuthenticationMethod);
        Binary(output, PropertyId.AuthenticationData, p.AuthenticationData);
        Byte(output, PropertyId.RequestProblemInformation, p.RequestProblemInformation);
        UInt32(output, PropertyId.WillDelay, p.WillDelaySeconds);
        Byte(output, PropertyId.RequestResponseInformation, p.RequestResponseInformation);
        String(output, PropertyId.ResponseInformation, p.ResponseInformation);
        String(output, PropertyId.ServerReference, p.ServerReference);
        String(output, PropertyId.ReasonString, p.ReasonString);
        UInt16(output, PropertyId.ReceiveMaximum, p.ReceiveMaximum);
        UInt16(output, PropertyId.TopicAliasMaximum, p.TopicAliasMaximum);
        UInt16(output, PropertyId.TopicAlias, p.TopicAlias);
        Byte(output, PropertyId.MaximumQos, p.MaximumQos);
        Byte(output, PropertyId.RetainAvailable, p.RetainAvailable);
        foreach (var (name, value) in p.UserProperties ?? [])
        {
            output.PutByte((byte)PropertyId.UserProperty);
            output.PutString(name);
            output.PutString(value);
        }

        UInt32(output, PropertyId.MaximumPacketSize, p.MaximumPacketBytes);
        Byte(output, PropertyId.WildcardSubscriptionAvailable, p.WildcardSubscriptionAvailable);
        Byte(output, PropertyId.SubscriptionIdAvailable, p.SubscriptionIdsAvailable);
        Byte(output, PropertyId.SharedSubscriptionAvailable, p.SharedSubscriptionAvailable);
    }

    private static void Byte(PooledBuffer output, PropertyId id, byte? value)
    {
        if (value is not { } known)
            return;
        output.PutByte((byte)id);
        output.PutByte(known);
    }

    private static void UInt16(PooledBuffer output, PropertyId id, ushort? value)
    {
        if (value is not { } known)
            return;
        output.PutByte((byte)id);
        output.PutUInt16(known);
    }

    private static void UInt32(PooledBuffer output, PropertyId id, uint? value)
    {
        if (value is not { } known)
            return;
        output.PutByte((byte)id);
        output.PutUInt32(known);
    }

    private static void String(PooledBuffer output, PropertyId id, string? value)
    {
        if (value is null)
            return;
        output.PutByte((byte)id);
        output.PutString(value);
    }

    private static void Binary(PooledBuffer output, PropertyId id, byte[]? value)
    {
        if (value is null)
            return;
        output.PutByte((byte)id);
        output.PutBinary(value);
    }
}
