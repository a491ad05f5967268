using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt.Tests.Packets;

/// <summary>Writes what was read: bytes that survive both have been understood in full.</summary>
internal static class PacketEcho
{
    public static byte[] Write(ProtocolLevel level, in Packet packet)
    {
        using var output = new PooledBuffer();
        switch (packet.Type)
        {
            case PacketType.Connect: PacketWriter.Connect(output, packet.Connect); break;
            case PacketType.ConnAck: PacketWriter.ConnAck(output, level, packet.ConnAck); break;
            case PacketType.Publish: PacketWriter.Publish(output, level, packet.Publish); break;
            case PacketType.Subscribe: PacketWriter.Subscribe(output, level, packet.Subscribe); break;
            case PacketType.SubAck: PacketWriter.SubAck(output, level, packet.SubAck); break;
            case PacketType.Unsubscribe: PacketWriter.Unsubscribe(output, level, packet.Unsubscribe); break;
            case PacketType.UnsubAck: PacketWriter.UnsubAck(output, level, packet.SubAck); break;
            case PacketType.PingReq: PacketWriter.PingReq(output); break;
            case PacketType.PingResp: PacketWriter.PingResp(output); break;
            case PacketType.Disconnect: PacketWriter.Disconnect(output, level, packet.Disconnect); break;
            case PacketType.Auth: PacketWriter.Auth(output, packet.Disconnect); break;
            default: PacketWriter.Ack(output, level, packet.Type, packet.Ack); break;
        }

        return output.Written.ToArray();
    }
}
