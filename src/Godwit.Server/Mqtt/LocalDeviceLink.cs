using Godwit.Mqtt;
using Godwit.Mqtt.Packets;
using Godwit.Server.Placement;

namespace Godwit.Server.Mqtt;

/// <summary>The way to devices that are connected to this process. Before the door has opened there are none.</summary>
internal sealed class LocalDeviceLink(LiveDevices live, Presence presence) : IDeviceLink
{
    private volatile Broker? _broker;

    /// <summary>Null until the door has opened.</summary>
    public Broker? Broker => _broker;

    public void Attach(Broker broker) => _broker = broker;

    public void Publish(string account, string topic, ReadOnlyMemory<byte> payload, int qos) =>
        _broker?.Publish(topic, payload, (QoS)qos, retain: false, domain: account);

    public bool HasSubscriber(string account, string topic) => _broker?.HasSubscriber(topic, account) ?? false;

    public bool IsConnected(string account, string clientId) => presence.IsConnected(account, clientId);

    public int CountConnected(string account) => presence.CountConnected(account);

    public void Disconnect(string account, string certificateId, string why)
    {
        foreach (var connection in live.Of(certificateId))
        {
            if (connection.Domain != account)
                continue;
            if (connection.State is Device device)
                device.WhyEnded = DisconnectWords.ApiInitiated;
            connection.Disconnect(ReasonCode.AdministrativeAction);
        }
    }
}
