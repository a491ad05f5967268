using System.Security.Cryptography.X509Certificates;
using Godwit.Core.Planning;
using Godwit.Fleet.Agents;
using Godwit.Fleet.Link;
using Godwit.Mqtt.Packets;

namespace Godwit.Fleet;

/// <summary>
/// One device: boots, connects over mutual TLS, runs its agent, loses its link, reboots. Everything the agent does or sees happens under one lock,
/// so an agent is as single-threaded as firmware.
/// </summary>
public sealed partial class EmulatedDevice(
    AgentProfile profile, Flash flash, X509Certificate2 identity, DeviceEndpoint at, RangeFetcher ranges, TimeProvider time, IDeviceWatch watch) : IAgentIo
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RebootTakes = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(8);

    /// <summary>Of a PUBLISH without a packet id, as stream data is sent.</summary>
    private const int TopicLengthBytes = 2;

    private readonly Lock _gate = new();
    private SeededRandom _weather = new(profile.Faults.Seed);
    private readonly SortedDictionary<ushort, (string Topic, ReadOnlyMemory<byte> Payload)> _unacknowledged = [];
    private readonly Dictionary<ushort, string> _subscribing = [];
    private IAgent _agent = null!;
    private DeviceMqttClient? _client;
    private ITimer? _timer, _air;
    private long _timerRound;
    private ushort _packetId;
    private bool _rebooting;
    private bool _cutOnce;

    public string Thing => profile.Thing;

    public Flash Flash => flash;

    /// <summary>Lives until cancelled.</summary>
    public async Task Run(CancellationToken ct)
    {
        Boot();
        var retry = RetryMin;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                Tell(DevicePhase.Connecting);
                await LiveOneConnection(ct);
                retry = RetryMin;
            }
            catch (IOException failure)
            {
                Tell(DevicePhase.Offline, failure.Message);
                await Task.Delay(retry, time, ct);
                retry = retry * 2 < RetryMax ? retry * 2 : RetryMax;
                continue;
            }
            await Task.Delay(_rebooting ? RebootTakes : _cutOnce ? profile.Faults.OfflineFor : RetryMin, time, ct);
            if (_rebooting)
                Boot();
        }
    }

    private void Boot()
    {
        lock (_gate)
        {
            _rebooting = false;
            _unacknowledged.Clear();
            StopTimer();
            _agent = profile.Personality switch
            {
                Personality.Modular => new ModularAgent(profile, flash, this),
                Personality.Nordic => new NordicAgent(profile, flash, this),
                Personality.EspHttpsOta => new EspHttpsOtaAgent(profile, flash, this),
                _ => new ClassicAgent(profile, flash, this),
            };
        }
    }

    private async Task LiveOneConnection(CancellationToken ct)
    {
        await using var client = await DeviceMqttClient.Connect(at, identity, ConnectPacket(), OnPublish, OnAcknowledged, ct);
        client.OnSubscribed = OnSubscribed;
        lock (_gate)
        {
            _client = client;
            _subscribing.Clear();
            // What was not acknowledged on the last connection is sent again before anything new.
            foreach (var (packetId, message) in _unacknowledged)
                client.Publish(message.Topic, message.Payload, packetId, dup: true);
            _agent.OnConnected();
        }
        await using var keepAlive = time.CreateTimer(_ => client.Ping(), null, KeepAlive / 2, KeepAlive / 2);
        try
        {
            await client.Run(ct);
        }
        finally
        {
            lock (_gate)
                _client = null;
        }
        if (!_rebooting)
            Tell(DevicePhase.Offline, "the connection ended");
    }

    private ConnectPacket ConnectPacket() => new()
    {
        Level = ProtocolLevel.V311,
        ClientId = profile.Thing,
        CleanStart = true,
        KeepAliveSeconds = (ushort)KeepAlive.TotalSeconds,
        // Real agents report their SDK this way beside a client certificate.
        UserName = profile.Personality switch
        {
            Personality.Classic => "?SDK=FreeRTOS&Version=v202107&Platform=Godwit.Fleet&OTALib=ota@v3.4.0",
            Personality.Esp => "?SDK=esp-aws-iot&Platform=Godwit.Fleet&OTALib=ota@v3.4.0",
            Personality.Nordic or Personality.EspHttpsOta => null,
            _ => "?SDK=FreeRTOS&Platform=Godwit.Fleet",
        },
    };

    private void OnPublish(string topic, ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            if (topic.Contains("/data/", StringComparison.Ordinal) && IsLost())
                return;
            if (profile.ReceiveBytesMax > 0 && TopicLengthBytes + topic.Length + payload.Length > profile.ReceiveBytesMax)
            {
                Tell(DevicePhase.Failed, $"a message of {payload.Length} bytes on {topic} does not fit into {profile.ReceiveBytesMax}");
                return;
            }
            _agent.OnMessage(topic, payload);
        }
    }

    private void OnAcknowledged(ushort packetId)
    {
        lock (_gate)
        {
            _unacknowledged.Remove(packetId);
            if (_rebooting && _unacknowledged.Count == 0)
                _client?.CloseSoon();
        }
    }

    private void OnSubscribed(ushort packetId, bool granted)
    {
        lock (_gate)
        {
            if (_subscribing.Remove(packetId, out var filter) && !granted)
                _agent.OnRefused(filter);
        }
    }

    private void OnTimer(long round)
    {
        lock (_gate)
        {
            if (round == _timerRound && _client is not null && !_rebooting)
                _agent.OnTimer();
        }
    }

    private void OnRange(string url, long first, int status, ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            if (!_rebooting && !IsLost())
                _agent.OnRange(url, first, status, body);
        }
    }

    private bool IsLost() => profile.Faults.Loss > 0 && _weather.Unit() < profile.Faults.Loss;

    private ushort NextPacketId() => ++_packetId == 0 ? ++_packetId : _packetId;
}
