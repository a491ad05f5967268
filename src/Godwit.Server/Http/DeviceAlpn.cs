using System.Net;
using System.Net.Security;
using System.Text;
using Godwit.Mqtt;
using Godwit.Server.Mqtt;
using Godwit.Server.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Godwit.Server.Http;

/// <summary>
/// What the application protocol chooses on the HTTPS port (AWS: port 443): MQTT for <c>x-amzn-mqtt-ca</c> and <c>mqtt</c>, otherwise HTTP. Names that nobody
/// here knows count as none.
/// </summary>
internal sealed class DeviceAlpn(ServerCertificate certificate, MqttHandover mqtt, TimeProvider time)
{
    private static readonly SslApplicationProtocol AwsMqtt = new("x-amzn-mqtt-ca");

    /// <summary>AWS: with a custom authorizer; here a certificate is asked for all the same.</summary>
    private static readonly SslApplicationProtocol Mqtt = new("mqtt");

    /// <summary>Of devices that reach HTTPS through a port they share with MQTT; some send it everywhere.</summary>
    private static readonly SslApplicationProtocol AwsHttp = new("x-amzn-http-ca");

    private static readonly List<SslApplicationProtocol> Known = [AwsMqtt, Mqtt, AwsHttp, SslApplicationProtocol.Http11];

    private static readonly object NoneKnown = new();

    private readonly SslServerAuthenticationOptions _choosing = Options(certificate, Known);
    // An empty list: in place of none, Kestrel would put its own.
    private readonly SslServerAuthenticationOptions _ignoring = Options(certificate, []);

    public static TimeSpan HandshakeTimeout { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Before the handshake: looks at what the client offers.</summary>
    public ConnectionDelegate Look(ConnectionDelegate next) => async connection =>
    {
        if (await Offered(connection) is not { } offered)
        {
            connection.Abort();
            return;
        }
        if (offered.Count > 0 && !offered.Exists(Known.Contains))
            connection.Items[NoneKnown] = NoneKnown;
        await next(connection);
    };

    /// <summary>In the handshake. Asked every time, as the certificate is renewed while the service runs.</summary>
    public ValueTask<SslServerAuthenticationOptions> OptionsFor(TlsHandshakeCallbackContext context)
    {
        var options = context.Connection.Items.ContainsKey(NoneKnown) ? _ignoring : _choosing;
        options.ServerCertificateContext = certificate.Context;
        return ValueTask.FromResult(options);
    }

    /// <summary>Behind the handshake: MQTT goes to the broker.</summary>
    public ConnectionDelegate Choose(ConnectionDelegate next) => connection =>
    {
        var chosen = connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol ?? default;
        return chosen.Span.SequenceEqual(AwsMqtt.Protocol.Span) || chosen.Span.SequenceEqual(Mqtt.Protocol.Span)
            ? mqtt.Serve(new PipeMqttStream(connection), InfoOf(connection, chosen), connection.Features.GetRequiredFeature<IConnectionLifetimeFeature>(), lifetimeMax: null)
            : next(connection);
    };

    private static SslServerAuthenticationOptions Options(ServerCertificate certificate, List<SslApplicationProtocol> protocols)
    {
        var options = DeviceTls.ServerOptions(certificate.Context);
        options.ApplicationProtocols = protocols;
        return options;
    }

    /// <summary>Null where the client said nothing in time, or left.</summary>
    private async Task<List<SslApplicationProtocol>?> Offered(ConnectionContext connection)
    {
        using var patience = new CancellationTokenSource(HandshakeTimeout, time);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(patience.Token);
                var done = ClientHello.TryRead(read.Buffer, out var offered);
                // Looked at, not taken: the handshake reads it again.
                input.AdvanceTo(read.Buffer.Start, done ? read.Buffer.Start : read.Buffer.End);
                if (done)
                    return offered;
                if (read.IsCompleted || read.IsCanceled)
                    return null;
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            return null;
        }
    }

    private static TransportInfo InfoOf(ConnectionContext connection, ReadOnlyMemory<byte> protocol) =>
        new(DeviceDoor.AlpnListener, connection.RemoteEndPoint)
        {
            IsTls = true,
            ClientCertificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate?.RawData,
            Protocol = connection.Features.Get<ISslStreamFeature>()?.SslStream.SslProtocol ?? default,
            ServerName = connection.Features.Get<ISslStreamFeature>()?.SslStream.TargetHostName ?? "",
            ApplicationProtocol = Encoding.ASCII.GetString(protocol.Span),
        };
}
