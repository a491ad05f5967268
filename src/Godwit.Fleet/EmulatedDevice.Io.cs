using Godwit.Fleet.Agents;
using Godwit.Mqtt.Packets;

namespace Godwit.Fleet;

/// <summary>What the agent can do, done to real sockets and a real clock. Called under the device's lock.</summary>
public sealed partial class EmulatedDevice
{
    public void Subscribe(string filter, int qos)
    {
        var packetId = NextPacketId();
        _subscribing[packetId] = filter;
        _client?.Subscribe(filter, (QoS)qos, packetId);
    }

    public void Unsubscribe(string filter) => _client?.Unsubscribe(filter, NextPacketId());

    public void Publish(string topic, ReadOnlyMemory<byte> payload, int qos)
    {
        if (qos == 0)
        {
            if (profile.Faults.BytesPerSecond is not null && topic.Contains("/streams/", StringComparison.Ordinal))
            {
                Later(topic, payload.ToArray(), profile.Personality == Personality.Classic ? profile.BlocksPerRequest : 1);
                return;
            }
            _client?.Publish(topic, payload, packetId: 0, dup: false);
            return;
        }
        var packetId = NextPacketId();
        _unacknowledged.Add(packetId, (topic, payload));
        _client?.Publish(topic, payload, packetId, dup: false);
    }

    public void FetchRange(string url, long first, long last)
    {
        if (profile.Faults.BytesPerSecond is null)
            ranges.Fetch(url, first, last, OnRange);
        else
            AfterAir((int)(last - first + 1), () => ranges.Fetch(url, first, last, OnRange));
    }

    public void Fetch(string url) => ranges.FetchAll(url, OnRange);

    /// <summary>A slow link: the blocks that are asked for come later by the time that they would be on their way.</summary>
    private void Later(string topic, byte[] request, int blocks) => AfterAir(blocks * profile.BlockBytes, () =>
    {
        lock (_gate)
            _client?.Publish(topic, request, packetId: 0, dup: false);
    });

    private void AfterAir(int bytes, Action then)
    {
        _air?.Dispose();
        _air = time.CreateTimer(_ => then(), null, DeviceFaults.OnAir(bytes, profile.Faults.BytesPerSecond), Timeout.InfiniteTimeSpan);
    }

    public void SetTimer(TimeSpan due)
    {
        var round = ++_timerRound;
        _timer?.Dispose();
        _timer = time.CreateTimer(_ => OnTimer(round), null, due, Timeout.InfiniteTimeSpan);
    }

    public void StopTimer()
    {
        _timerRound++;
        _timer?.Dispose();
        _timer = null;
    }

    public void Reboot()
    {
        Tell(DevicePhase.Rebooting);
        _rebooting = true;
        StopTimer();
        // A report that is not acknowledged yet must not be lost with the memory it lies in.
        if (_unacknowledged.Count == 0)
            _client?.CloseSoon();
    }

    public void Tell(DevicePhase phase, string? detail = null) => watch.OnPhase(new DeviceEvent(profile.Thing, phase, detail));

    public void Progress(int received, int total)
    {
        watch.OnBlock(profile.Thing, received, total);
        if (received != profile.Faults.GoOfflineAtBlock || _cutOnce)
            return;
        _cutOnce = true;
        _client?.Cut();
    }
}
