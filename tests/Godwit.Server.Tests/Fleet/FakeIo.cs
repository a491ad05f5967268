using System.Text;
using Godwit.Fleet;
using Godwit.Fleet.Agents;

namespace Godwit.Server.Tests.Fleet;

/// <summary>Records what an agent does, so that a test can play the service.</summary>
internal sealed class FakeIo : IAgentIo
{
    public List<string> Subscriptions { get; } = [];

    public List<(string Topic, byte[] Payload, int QoS)> Published { get; } = [];

    public List<(string Url, long First, long Last)> Ranges { get; } = [];

    public List<DevicePhase> Phases { get; } = [];

    public TimeSpan? Timer { get; private set; }

    public bool Rebooted { get; private set; }

    public string LastTopic => Published[^1].Topic;

    public string LastText => Encoding.UTF8.GetString(Published[^1].Payload);

    public void Subscribe(string filter, int qos) => Subscriptions.Add(filter);

    public void Unsubscribe(string filter) => Subscriptions.Remove(filter);

    public void Publish(string topic, ReadOnlyMemory<byte> payload, int qos) => Published.Add((topic, payload.ToArray(), qos));

    public void FetchRange(string url, long first, long last) => Ranges.Add((url, first, last));

    public void Fetch(string url) => Ranges.Add((url, 0, -1));

    public void SetTimer(TimeSpan due) => Timer = due;

    public void StopTimer() => Timer = null;

    public void Reboot() => Rebooted = true;

    public void Tell(DevicePhase phase, string? detail = null) => Phases.Add(phase);

    public void Progress(int received, int total)
    {
    }
}
