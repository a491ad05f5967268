using Godwit.Mqtt;

namespace Godwit.Server.Mqtt;

/// <summary>Why a connection ended, in AWS's words. AWS: Lifecycle events > Disconnect reasons.</summary>
internal static class DisconnectWords
{
    public const string ClientInitiated = "CLIENT_INITIATED_DISCONNECT";

    public const string AuthError = "AUTH_ERROR";

    public const string ServerInitiated = "SERVER_INITIATED_DISCONNECT";

    public const string ApiInitiated = "API_INITIATED_DISCONNECT";

    public const string WebSocketExpired = "WEBSOCKET_TTL_EXPIRATION";

    /// <param name="whyServer">The service's own reason, where it ended the connection and said why.</param>
    public static string Of(DisconnectReason reason, string? whyServer) => reason switch
    {
        DisconnectReason.ClientInitiated => ClientInitiated,
        DisconnectReason.ConnectionLost or DisconnectReason.SlowReader => "CONNECTION_LOST",
        DisconnectReason.KeepAliveTimeout => "MQTT_KEEP_ALIVE_TIMEOUT",
        DisconnectReason.TakenOver => "DUPLICATE_CLIENTID",
        DisconnectReason.ClientError => "CLIENT_ERROR",
        DisconnectReason.Forbidden => AuthError,
        DisconnectReason.Throttled => "THROTTLED",
        DisconnectReason.ServerError => "SERVER_ERROR",
        DisconnectReason.ServerInitiated when whyServer is not null => whyServer,
        _ => ServerInitiated,
    };
}
