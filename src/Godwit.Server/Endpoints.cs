namespace Godwit.Server;

/// <summary>Where this installation is reached, known once its ports are bound.</summary>
public sealed class Endpoints
{
    /// <summary>The host name that devices and SDKs are told.</summary>
    public string Host { get; set; } = "localhost";

    public int ApiPort { get; set; }

    public int MqttPort { get; set; }

    /// <summary>Null unless plain MQTT was asked for.</summary>
    public int? MqttPlainPort { get; set; }

    public int HttpsPort { get; set; }

    /// <summary>The base of presigned downloads, without a slash at the end.</summary>
    public string DownloadBase { get; set; } = "";
}
