using System.Net;
using Godwit.Mqtt;
using Godwit.Mqtt.Packets;

namespace Godwit.Server.Mqtt;

/// <summary>What policies may ask about a connection besides its certificate.</summary>
/// <param name="ClientId">Null where the door has none: HTTPS.</param>
/// <param name="SourceIp">As text, IPv4 without its IPv6 mapping.</param>
/// <param name="ThingName">The thing the connection speaks as if the certificate is attached to it: named by the client id, over HTTPS by the request.</param>
internal sealed record ConnectFacts(string? ClientId, string? SourceIp, string? ThingName, bool HasWill, bool IsPersistent)
{
    public static ConnectFacts Of(ConnectAttempt attempt) => new(
        attempt.ClientId, IpOf(attempt.RemoteEndPoint), attempt.ClientId, attempt.Will is not null, IsPersistentSession(attempt));

    public static string? IpOf(EndPoint? remote) => remote is IPEndPoint { Address: var address }
        ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : null;

    /// <summary>AWS: PersistentConnect is Clean Session 0, or at level 5 a session expiry above zero.</summary>
    private static bool IsPersistentSession(ConnectAttempt attempt) => attempt.Level == ProtocolLevel.V5
        ? attempt.Packet.Properties?.SessionExpirySeconds > 0
        : !attempt.CleanStart;
}
