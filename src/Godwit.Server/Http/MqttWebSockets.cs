using System.Net;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Mqtt;
using Godwit.Server.Access;
using Godwit.Server.Mqtt;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Http;

/// <summary>
/// MQTT over WebSocket at <c>/mqtt</c>, on every HTTP port: an API user by a signed URL (service <c>iotdevicegateway</c>), who may do everything in the account
/// for as long as the key and its rights stand, or a device by its certificate. Who is neither is refused before the upgrade.
/// </summary>
internal sealed class MqttWebSockets(AwsGateway gateway, SigV4Authenticator authenticator, SignedSockets signatures, MqttHandover mqtt, ServerOptions options)
{
    public const string Path = "/mqtt", Protocol = "mqtt", Service = "iotdevicegateway";

    public async Task Serve(HttpContext context)
    {
        var identified = Identify(context, out var key);
        if (!identified.IsOk)
        {
            await gateway.RefuseDevice(context, identified.Error);
            return;
        }
        if (!context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol))
        {
            // [MQTT-6.0.0-3]
            await gateway.RefuseDevice(context, new ServiceError(
                "InvalidRequestException", 400, $"Sec-WebSocket-Protocol does not offer {Protocol}. Offer the subprotocol {Protocol}."));
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = Protocol });
        var connection = context.Features.GetRequiredFeature<IConnectionLifetimeFeature>();
        var user = identified.Value.HostState as SignedUser;
        var lifetime = user is null ? (TimeSpan?)null : options.SignedWebSocketLifetime;
        using var watched = user is null ? null : signatures.Watch(user, key!);
        await mqtt.Serve(new WebSocketMqttStream(socket, connection), identified.Value, connection, lifetime);
    }

    /// <param name="key">What signed, if anything did.</param>
    private Result<TransportInfo> Identify(HttpContext context, out AccessKey? key)
    {
        key = null;
        var remote = context.Connection.RemoteIpAddress is { } address ? new IPEndPoint(address, context.Connection.RemotePort) : null;
        var info = new TransportInfo(DeviceDoor.WebSocketListener, remote) { IsTls = context.Request.IsHttps };
        var request = new Exchange(context, requestId: "").Request;
        if (!SigV4Claim.IsAttempted(request))
            return context.Connection.ClientCertificate is { } certificate
                ? info with { ClientCertificate = certificate.RawData }
                : SigV4Errors.Missing(Service);

        var signed = authenticator.BeforeBody(request);
        if (!signed.IsOk)
            return signed.Error;
        if (signed.Value.Claim.Scope.Service != Service)
            return new ServiceError("InvalidSignatureException", 403, $"Credential should be scoped to correct service: '{Service}'.");
        if ((authenticator.AfterBody(signed.Value, SigV4Payload.EmptyHash) ?? signatures.Refuse(signed.Value.Key!)) is { } refused)
            return refused;
        key = signed.Value.Key;
        return info with { HostState = new SignedUser(signed.Value.Caller) };
    }
}

/// <summary>How the host wires MQTT over WebSocket.</summary>
public static class MqttWebSocketsSetup
{
    /// <summary>Before every other door: an upgrade at this path is meant for nobody else.</summary>
    public static void UseMqttWebSockets(this WebApplication app)
    {
        var door = app.Services.GetRequiredService<MqttWebSockets>();
        // MQTT has a keep-alive of its own.
        var options = new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan };
        app.UseWhen(MayUpgrade, branch => branch.UseWebSockets(options).Use((HttpContext context, RequestDelegate next) =>
            context.WebSockets.IsWebSocketRequest ? door.Serve(context) : next(context)));
    }

    private static bool MayUpgrade(HttpContext context) =>
        context.Request.Path == MqttWebSockets.Path && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };
}
