namespace Godwit.Server.Placement;

/// <summary>A service without a device door: nobody is connected, so nobody is told.</summary>
public sealed class NoDeviceLink : IDeviceLink
{
    public void Publish(string account, string topic, ReadOnlyMemory<byte> payload, int qos)
    {
    }

    public bool HasSubscriber(string account, string topic) => false;

    public bool IsConnected(string account, string clientId) => false;

    public void Disconnect(string account, string certificateId, string why)
    {
    }
}
