using System.Net;
using System.Net.Security;

namespace Godwit.Mqtt;

/// <summary>
/// One address to listen on. With <paramref name="Tls"/> every connection starts with a handshake by these options, which are
/// shared by all (see <see cref="TlsOptions"/>); without, it is plain TCP. Port 0 takes a free one.
/// </summary>
public sealed record MqttListener(string Name, IPEndPoint EndPoint, SslServerAuthenticationOptions? Tls);
