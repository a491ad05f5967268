using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Godwit.Mqtt;
using Godwit.Server.Hosting;
using Godwit.Server.Mqtt.Sessions;
using Godwit.Server.Tls;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Mqtt;

/// <summary>Opens MQTT to devices and closes it: the broker with its listeners, the certificate's renewal, and the loop that keeps rights current.</summary>
internal sealed partial class DeviceDoor(
    ServerOptions options,
    Endpoints endpoints,
    ServerCertificate certificate,
    DeviceGateway gateway,
    RightsKeeper rights,
    LiveDevices live,
    Certificates.DeviceRegistry registry,
    LocalDeviceLink link,
    SessionJournal journal,
    TimeProvider time,
    IRandomSource random,
    ILogger<DeviceDoor> log) : IHostedService, IAsyncDisposable
{
    /// <summary>MQTT over mutual TLS.</summary>
    public const string TlsListener = "mqtt";

    /// <summary>MQTT on the HTTPS port, chosen by ALPN.</summary>
    public const string AlpnListener = "mqtt-alpn";

    /// <summary>MQTT over WebSocket, on the HTTPS port or the API port.</summary>
    public const string WebSocketListener = "mqtt-websocket";

    /// <summary>Plain, anonymous MQTT for desk tests.</summary>
    public const string PlainListener = "mqtt-plain";

    /// <summary>What no client needs and a fight for a client id, or a client that connects in a loop, would cost.</summary>
    private static readonly RateLimits Protective = new() { ConnectsPerSecondPerClient = 2, ConnectBurst = 100 };

    private static readonly TimeSpan RenewalPeriod = TimeSpan.FromHours(12);

    private readonly CancellationTokenSource _stopping = new();
    private Broker? _broker;
    private BrokerMetrics? _metrics;
    private ITimer? _renewal;
    private Task _keeping = Task.CompletedTask;

    /// <summary>Null until the door has opened.</summary>
    public Broker? Broker => _broker;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var tls = DeviceTls.ServerOptions(certificate.Context);
        registry.Changed += live.Announce;
        _keeping = rights.Run(_stopping.Token);
        _broker = await Listen(tls, cancellationToken);
        link.Attach(_broker);
        _metrics = new BrokerMetrics(_broker);
        endpoints.MqttPort = _broker.EndPoints[TlsListener].Port;
        if (_broker.EndPoints.TryGetValue(PlainListener, out var plain))
        {
            endpoints.MqttPlainPort = plain.Port;
            LogPlain(plain.ToString(), options.DefaultAccount);
        }
        _renewal = time.CreateTimer(_ => Renew(tls), null, RenewalPeriod, RenewalPeriod);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_stopping.IsCancellationRequested)
            return;
        registry.Changed -= live.Announce;
        gateway.Stop();
        await _stopping.CancelAsync();
        if (_renewal is not null)
            await _renewal.DisposeAsync();
        if (_broker is not null)
        {
            await _broker.StopAsync(cancellationToken);
            await journal.Stop();
        }
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        _metrics?.Dispose();
        if (_broker is not null)
            await _broker.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task<Broker> Listen(SslServerAuthenticationOptions tls, CancellationToken ct)
    {
        var listeners = new List<MqttListener> { new(TlsListener, new IPEndPoint(IPAddress.Parse(options.Listen), options.MqttPort), tls) };
        // Whoever reaches the plain port may do everything, so it is never opened beyond this machine.
        if (options.MqttPlainPort is { } plain)
            listeners.Add(new MqttListener(PlainListener, new IPEndPoint(IPAddress.Loopback, plain), Tls: null));

        var broker = new Broker(
            Options(listeners), gateway, time, random.Fill, journal);
        try
        {
            await broker.StartAsync(ct);
            return broker;
        }
        catch (SocketException failure)
        {
            await broker.DisposeAsync();
            var ports = string.Join(" or ", listeners.Select(listener => $"{listener.EndPoint} ({(listener.Tls is null ? "--mqtt-plain-port" : "--mqtt-port")})"));
            throw new StartupException([$"The MQTT port {ports} cannot be listened on ({failure.Message}). Stop what uses it, or name another; 0 takes a free one."]);
        }
    }

    private BrokerOptions Options(List<MqttListener> listeners) => new()
    {
        Listeners = listeners,
        Profile = options.MqttProfile,
        Rates = options.FaithfulQuotas ? RateLimits.Aws : Protective,
        TlsRecordBytesMax = options.TlsRecordBytes,
    };

    /// <summary>Handshakes from now on use the new certificate; connections that are open keep theirs.</summary>
    private void Renew(SslServerAuthenticationOptions tls)
    {
        try
        {
            if (!certificate.RenewIfDue())
                return;
            tls.ServerCertificateContext = certificate.Context;
            LogRenewed(certificate.Certificate.NotAfter);
        }
        catch (Exception failure)
        {
            LogNotRenewed(failure, certificate.Certificate.NotAfter);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Plain MQTT is open on {EndPoint}: anyone on this machine may do everything in account {Account}. Leave --mqtt-plain-port out where that is not wanted")]
    private partial void LogPlain(string endPoint, string account);

    [LoggerMessage(Level = LogLevel.Information, Message = "The server certificate was renewed and is valid until {NotAfter:u}")]
    private partial void LogRenewed(DateTime notAfter);

    [LoggerMessage(Level = LogLevel.Error, Message = "The server certificate, valid until {NotAfter:u}, could not be renewed")]
    private partial void LogNotRenewed(Exception failure, DateTime notAfter);
}
