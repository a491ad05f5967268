using System.Net;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>Everything known about a peer when its CONNECT has been read and nothing has been answered.</summary>
public sealed record ConnectAttempt
{
    public required ConnectPacket Packet { get; init; }

    /// <summary>The packet's client id, or the one assigned where the packet's is empty.</summary>
    public required string ClientId { get; init; }

    public required TransportInfo Transport { get; init; }

    public string Listener => Transport.Listener;
    public EndPoint? RemoteEndPoint => Transport.RemoteEndPoint;

    /// <summary>DER, proved by the handshake to be the peer's, otherwise unchecked; null without one.</summary>
    public byte[]? ClientCertificate => Transport.ClientCertificate;

    public ProtocolLevel Level => Packet.Level;
    public string? UserName => Packet.UserName;
    public byte[]? Password => Packet.Password;
    public Will? Will => Packet.Will;
    public bool CleanStart => Packet.CleanStart;
}
