using Godwit.Mqtt;

namespace Godwit.Server.Mqtt;

/// <summary>Why a connection ended, in AWS's words. AWS: Lifecycle events > Disconnect reasons.</summary>
internal static class DisconnectWords
{
    public static string Of(DisconnectReason reason) => reason switch
    {
        DisconnectReason.ClientInitiated => "CLIENT_INITIATED_DISCONNECT",
        DisconnectReason.ConnectionLost => "CONNECTION_LOST",
        DisconnectReason.KeepAliveTimeout => "MQTT_KEEP_ALIVE_TIMEOUT",
        DisconnectReason.TakenOver => "DUPLICATE_CLIENTID",
        DisconnectReason.ClientError => "CLIENT_ERROR",
        DisconnectReason.Forbidden => "FORBIDDEN_ACCESS",
        DisconnectReason.SlowReader => "THROTTLED",
        DisconnectReason.ServerInitiated or DisconnectReason.ServerShutdown => "SERVER_INITIATED_DISCONNECT",
        DisconnectReason.ServerError => "SERVER_ERROR",
        _ => "UNKNOWN",
    };
}
