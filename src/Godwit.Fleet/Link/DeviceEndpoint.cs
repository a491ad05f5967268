using System.Security.Cryptography.X509Certificates;

namespace Godwit.Fleet.Link;

/// <summary>Where a device connects, and what it trusts.</summary>
/// <param name="Host">The name in the server's certificate, sent as SNI.</param>
/// <param name="Root">The CA that the server's certificate must chain to.</param>
public sealed record DeviceEndpoint(string Host, int MqttPort, X509Certificate2 Root)
{
    /// <summary>AWS: how MQTT is asked for on port 443.</summary>
    public const string MqttAlpn = "x-amzn-mqtt-ca";

    /// <summary>What ALPN asks for, where the port carries more than MQTT; null for no ALPN.</summary>
    public string? Alpn { get; init; } = MqttPort == 443 ? MqttAlpn : null;
}
