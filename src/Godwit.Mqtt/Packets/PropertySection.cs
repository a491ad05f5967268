namespace Godwit.Mqtt.Packets;

/// <summary>A PUBLISH's properties apart from their packet, for messages that are kept.</summary>
internal static class PropertySection
{
    public static byte[]? Write(Properties? properties)
    {
        if (properties is null)
            return null;
        using var output = new PooledBuffer();
        PropertyWriter.Write(output, properties);
        return output.Written.ToArray();
    }

    public static Properties? Read(byte[]? section)
    {
        if (section is null)
            return null;
        var reader = new WireReader(section);
        var properties = PropertyReader.Read(ref reader, (int)PacketType.Publish, int.MaxValue);
        return reader.Failed ? null : properties;
    }
}
