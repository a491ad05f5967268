namespace Godwit.Server.Placement;

/// <summary>The way to connected devices, wherever their connection lies.</summary>
public interface IDeviceLink
{
    /// <summary>Publishes as the service: whoever subscribes and may receive gets it. Never waits; order is kept per caller thread.</summary>
    void Publish(string account, string topic, ReadOnlyMemory<byte> payload, int qos);

    /// <summary>Whether any connection or stored session of the account subscribes to this topic; a notification that nobody would get need not be made.</summary>
    bool HasSubscriber(string account, string topic);

    /// <summary>Whether a client with this id is connected.</summary>
    bool IsConnected(string account, string clientId);

    /// <summary>How many clients of the account are connected.</summary>
    int CountConnected(string account) => 0;

    /// <summary>Closes every connection made with this certificate.</summary>
    void Disconnect(string account, string certificateId, string why);
}
