using System.Net;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Certificates;
using Godwit.Server.Mqtt;
using Godwit.Server.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Http;

/// <summary>
/// The HTTPS port of devices: the jobs data plane and publishing, by client certificate or, for users, by signature. TLS takes any certificate, the registry
/// decides, and the certificate's policies decide about each call (AWS: the job actions, on the thing).
/// </summary>
internal sealed class DeviceDataPort(AwsGateway gateway, KnownDevices devices)
{
    /// <summary>The services whose signatures count here: the data planes, as on AWS's data endpoint.</summary>
    private static readonly string[] SignedServices = ["iotdata", "iotdevicegateway", "iot-jobs-data"];

    public async Task Serve(HttpContext context, RequestDelegate next)
    {
        var request = new Exchange(context, requestId: "").Request;
        if (context.Connection.ClientCertificate is null && SigV4Claim.IsAttempted(request))
        {
            await (SignedServices.Contains(ClaimedService.Of(request))
                ? gateway.Serve(context, next)
                : gateway.RefuseDevice(context, new ServiceError(
                    "InvalidSignatureException", 403, "Credential should be scoped to correct service: 'iotdevicegateway' or 'iot-jobs-data'. Other services are at the API port.")));
            return;
        }
        if (context.Connection.ClientCertificate is not { } certificate)
        {
            await gateway.RefuseDevice(context, NotValid("the request came without one"));
            return;
        }
        var (identity, rights, refusal) = await devices.Find(certificate, context.RequestAborted);
        await (identity is null
            ? gateway.RefuseDevice(context, NotValid(refusal!))
            : gateway.ServeDevice(context, identity.Caller, call => Refuse(context, identity, rights!, call)));
    }

    private static ServiceError? Refuse(HttpContext context, DeviceIdentity identity, Func<ConnectFacts, DeviceRights> rightsAs, DeviceCall call)
    {
        if (ActionOf(call, context.Request) is not var (actions, name))
            return Forbidden($"{call.Operation} cannot be called with a certificate");
        // No client id says as which thing the device comes; the thing it names counts if its certificate is attached to it.
        var thing = call.Labels.GetValueOrDefault("thingName") ?? (identity.Things is [var only] ? only.ThingName : null);
        var facts = new ConnectFacts(null, IpOf(context), thing, HasWill: false, IsPersistent: false);
        var rights = rightsAs(facts);
        foreach (var action in actions)
            if (!rights.Allows(action, name))
                return Forbidden($"no policy of the certificate allows iot:{action} on {identity.Caller.IotArn(action.ResourceKind() + name)}");
        return null;
    }

    private static (IotAction[] Actions, string Name)? ActionOf(DeviceCall call, HttpRequest request) => call.Operation switch
    {
        "GetPendingJobExecutions" => ([IotAction.GetPendingJobExecutions], call.Labels["thingName"]),
        "StartNextPendingJobExecution" => ([IotAction.StartNextPendingJobExecution], call.Labels["thingName"]),
        "DescribeJobExecution" => ([IotAction.DescribeJobExecution], call.Labels["thingName"]),
        "UpdateJobExecution" => ([IotAction.UpdateJobExecution], call.Labels["thingName"]),
        "Publish" when request.Query.ContainsKey("retain") => ([IotAction.Publish, IotAction.RetainPublish], call.Labels["topic"]),
        "Publish" => ([IotAction.Publish], call.Labels["topic"]),
        "GetRetainedMessage" => ([IotAction.GetRetainedMessage], call.Labels["topic"]),
        _ => null,
    };

    private static string? IpOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? ConnectFacts.IpOf(new IPEndPoint(address, context.Connection.RemotePort)) : null;

    private static ServiceError NotValid(string why) => new("CertificateValidationException", 400, $"The client certificate is not valid: {why}.");

    private static ServiceError Forbidden(string why) => new("ForbiddenException", 403, $"Forbidden: {why}.");
}

/// <summary>How the host wires the HTTPS port of devices.</summary>
public static class DeviceDataPortSetup
{
    public static IServiceCollection AddDeviceDataPort(this IServiceCollection services) => services
        .AddSingleton<DeviceDataPort>()
        .AddSingleton<MqttHandover>()
        .AddSingleton<SignedSockets>()
        .AddSingleton<MqttWebSockets>()
        .AddSingleton<DeviceAlpn>();

    /// <summary>The port itself, with the handshake of <see cref="DeviceTls"/>: MQTT or HTTP by ALPN.</summary>
    public static void ListenForDevices(this KestrelServerOptions kestrel, ServerOptions options)
    {
        var alpn = kestrel.ApplicationServices.GetRequiredService<DeviceAlpn>();
        kestrel.Listen(IPAddress.Parse(options.Listen), options.HttpsPort, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(alpn.Look);
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = alpn.OptionsFor, HandshakeTimeout = DeviceAlpn.HandshakeTimeout });
            listen.Use(alpn.Choose);
            listen.Use(next => connection =>
            {
                connection.Features.Set(DataPortMark.Set);
                return next(connection);
            });
        });
    }

    /// <summary>Before every other door: what comes in by the devices' port never reaches another.</summary>
    public static void UseDeviceDataPort(this WebApplication app)
    {
        var port = app.Services.GetRequiredService<DeviceDataPort>();
        app.Use((HttpContext context, RequestDelegate next) => context.Features.Get<DataPortMark>() is null ? next(context) : port.Serve(context, next));
    }

    private sealed class DataPortMark
    {
        public static readonly DataPortMark Set = new();
    }
}
