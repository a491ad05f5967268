using System.Net;
using System.Security.Authentication;

namespace Godwit.Mqtt;

/// <summary>Where a connection came from and what its handshake told.</summary>
public sealed record TransportInfo(string Listener, EndPoint? RemoteEndPoint)
{
    public bool IsTls { get; init; }

    /// <summary>DER of the certificate whose key the peer has proved to hold; null without one.</summary>
    public byte[]? ClientCertificate { get; init; }

    /// <summary>DER of the other certificates that the peer sent along, unchecked.</summary>
    public IReadOnlyList<byte[]> ClientChain { get; init; } = [];

    public SslProtocols Protocol { get; init; }

    /// <summary>Server name that the peer asked for; empty without SNI.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>Negotiated application protocol; empty without ALPN.</summary>
    public string ApplicationProtocol { get; init; } = "";

    /// <summary>What the host knows of the peer already, where it opened the connection itself; the broker does not look at it.</summary>
    public object? HostState { get; init; }
}
