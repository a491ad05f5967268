using System.Text;
using Godwit.Server.Placement;

namespace Godwit.Server.Tests.Jobs;

/// <summary>Devices that subscribe to everything, or to what is said, and keep what they hear.</summary>
internal sealed class FakeDeviceLink : IDeviceLink
{
    public List<(string Topic, string Payload)> Heard { get; } = [];

    public Func<string, bool> Subscribed { get; set; } = _ => true;

    public void Publish(string account, string topic, ReadOnlyMemory<byte> payload, int qos)
    {
        Assert.Equal(1, qos);
        Heard.Add((topic, Encoding.UTF8.GetString(payload.Span)));
    }

    public bool HasSubscriber(string account, string topic) => Subscribed(topic);

    public bool IsConnected(string account, string clientId) => true;

    public void Disconnect(string account, string certificateId, string why) => throw new NotSupportedException();

    /// <summary>What came since the last call, by the last level of its topic.</summary>
    public List<string> TakeKinds()
    {
        var kinds = Heard.ConvertAll(message => message.Topic[(message.Topic.LastIndexOf('/') + 1)..]);
        Heard.Clear();
        return kinds;
    }
}
