using Godwit.Fleet;
using Godwit.Fleet.Agents;
using Godwit.Fleet.Images;

namespace Godwit.Simulation;

/// <summary>All devices of a world, by their number; the first ones have OTA agents, the others do jobs of any kind.</summary>
internal sealed class SimFleet
{
    public SimFleet(World world, int devices, int withOta)
    {
        var random = SimRandom.Of(world.Seed, "fleet");
        for (var i = 0; i < devices; i++)
            Devices.Add(new SimDevice(world, $"t{i:D3}", i < withOta ? (random.Chance(0.25) ? AgentKind.Modular : AgentKind.Classic) : AgentKind.Jobs, new SimRandom(random.Next())));
    }

    public List<SimDevice> Devices { get; } = [];

    public SimDevice this[string thing] => Devices[int.Parse(thing.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)];

    public void TurnOn()
    {
        foreach (var device in Devices)
            device.TurnOn();
    }

    public void Heal()
    {
        foreach (var device in Devices)
            device.Heal();
    }
}

internal enum AgentKind
{
    Classic,
    Modular,
    Jobs,
}

/// <summary>
/// A device in simulated time: power, flash, one connection, one timer, and an agent that only knows <see cref="IAgentIo"/>. What it does at a loss of
/// the connection or at a reboot is what the emulated devices on real sockets do.
/// </summary>
internal sealed class SimDevice(World world, string thing, AgentKind kind, SimRandom random) : IAgentIo
{
    private readonly SortedDictionary<ushort, (string Topic, ReadOnlyMemory<byte> Payload)> _unacknowledged = [];
    private readonly Flash _flash = new() { Running = new FirmwareVersion(1, 0, 0) };
    private IAgent _agent = null!;
    private SimConnection? _connection;
    private long _timerRound;
    private long _life;
    private int _watch;
    private ushort _packetId;
    private bool _rebooting;
    private bool _on;

    public string Thing => thing;

    public AgentKind Kind => kind;

    /// <summary>Gone for good from the registry: it cannot connect any more.</summary>
    public bool Retired { get; private set; }

    public void TurnOn() => world.Agenda.In(random.Time(TimeSpan.Zero, TimeSpan.FromSeconds(20)), Boot);

    /// <summary>Power is lost, and with it all that is not in flash.</summary>
    public void Crash(TimeSpan off)
    {
        _on = false;
        _life++;
        _timerRound++;
        Disconnect();
        BootIn(off);
    }

    public void Retire()
    {
        Retired = true;
        _on = false;
        _life++;
        Disconnect();
    }

    /// <summary>Whatever became of the connection, the device soon makes a new one, and then asks.</summary>
    public void Heal()
    {
        if (_on)
            world.Agenda.In(random.Time(TimeSpan.Zero, TimeSpan.FromSeconds(30)), () => _connection?.Break());
    }

    public void OnBroken(SimConnection connection)
    {
        if (connection != _connection)
            return;
        _connection = null;
        if (_rebooting)
            Boot();
        else
            Reconnect();
    }

    public void OnPublish(SimConnection connection, string topic, ReadOnlyMemory<byte> payload)
    {
        if (connection == _connection && _on && !_rebooting)
            _agent.OnMessage(topic, payload.Span);
    }

    public void OnAcknowledged(SimConnection connection, ushort packetId)
    {
        if (connection != _connection || !_on)
            return;
        _unacknowledged.Remove(packetId);
        if (_rebooting && _unacknowledged.Count == 0)
            Restart();
    }

    public void Subscribe(string filter, int qos) => _connection?.Subscriptions.Add(filter);

    public void Unsubscribe(string filter) => _connection?.Subscriptions.Remove(filter);

    public void Publish(string topic, ReadOnlyMemory<byte> payload, int qos)
    {
        if (_connection is null || _rebooting)
            return;
        if (qos == 0)
        {
            _connection.ToServer(topic, payload, 0, 0);
            return;
        }
        var packetId = ++_packetId == 0 ? ++_packetId : _packetId;
        _unacknowledged.Add(packetId, (topic, payload));
        Send(packetId);
    }

    public void Fetch(string url) => throw new NotSupportedException("No agent of the simulation takes a whole file at once.");

    public void FetchRange(string url, long first, long last)
    {
        var life = _life;
        var answered = !world.Faults.Hit(world.Faults.Loss);
        world.Agenda.In(world.Network.Time(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1)), () =>
        {
            if (life == _life && _on && !_rebooting)
                _agent.OnRange(url, first, answered ? 206 : 0, answered ? SimImage.Range(url, first, last) : []);
        });
    }

    public void SetTimer(TimeSpan due)
    {
        var round = ++_timerRound;
        world.Agenda.In(due, () =>
        {
            if (round == _timerRound && _on && !_rebooting && _connection is not null)
                _agent.OnTimer();
        });
    }

    public void StopTimer() => _timerRound++;

    public void Reboot()
    {
        _rebooting = true;
        StopTimer();
        // A report that is not acknowledged yet must not be lost with the memory it lies in.
        if (_unacknowledged.Count == 0)
            Restart();
    }

    public void Tell(DevicePhase phase, string? detail = null)
    {
        world.Note($"{thing} {phase} {detail}");
        if (phase == DevicePhase.Failed)
            world.Invariants.OnGivenUp(thing, detail ?? "");
        if ((kind == AgentKind.Modular && (phase is DevicePhase.Failed or DevicePhase.Downloading)) || detail == "aborted: 0x0000000e")
            Watch(++_watch, phase == DevicePhase.Failed ? TimeSpan.FromMinutes(2) : TimeSpan.FromMinutes(8));
    }

    public void Progress(int received, int total) => _watch++;

    /// <summary>
    /// The modular libraries stop where they have failed, and ask for ever for a block that nobody has any more; the classic agent shuts down once its requests
    /// have stayed unanswered. It is left to whoever built them in to see to it that the device starts anew.
    /// </summary>
    private void Watch(int watch, TimeSpan patience)
    {
        var life = _life;
        world.Agenda.In(patience, () =>
        {
            if (life == _life && watch == _watch)
                Crash(TimeSpan.FromSeconds(5));
        });
    }

    private void Boot()
    {
        if (Retired)
            return;
        _on = true;
        _life++;
        _rebooting = false;
        _unacknowledged.Clear();
        StopTimer();
        var profile = new AgentProfile(thing, kind == AgentKind.Modular ? Personality.Modular : Personality.Classic, "MQTT", SimImage.Signer)
        {
            BlockBytes = SimImage.BlockBytes,
            BlocksPerRequest = SimImage.BlocksPerRequest,
            RequestTimeout = TimeSpan.FromSeconds(kind == AgentKind.Modular ? 60 : 10),
            Faults = new DeviceFaults { FailSelfTest = random.Chance(0.08) },
        };
        _agent = kind switch
        {
            AgentKind.Classic => new ClassicAgent(profile, _flash, this),
            AgentKind.Modular => new ModularAgent(profile, _flash, this),
            _ => new SimJobAgent(world, thing, new SimRandom(random.Next()), this),
        };
        Connect();
    }

    private void Connect()
    {
        if (!_on || _connection is not null)
            return;
        if (world.Server is not { Dead: false } server || (world.Faults.On && random.Chance(0.1)))
        {
            Reconnect();
            return;
        }
        _connection = server.Link.Connect(this);
        // What was not acknowledged on the last connection is sent again before anything new.
        foreach (var packetId in _unacknowledged.Keys)
            Send(packetId);
        _agent.OnConnected();
        world.Invariants.OnSubscribed(_connection!);
    }

    private void Reconnect()
    {
        var life = _life;
        world.Agenda.In(random.Time(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(world.Faults.On ? random.Pick(2, 8, 120) : 8)), () =>
        {
            if (life == _life)
                Connect();
        });
    }

    private void Disconnect()
    {
        var connection = _connection;
        _connection = null;
        connection?.Break();
    }

    private void Restart()
    {
        _on = false;
        _life++;
        Disconnect();
        BootIn(TimeSpan.FromSeconds(2));
    }

    /// <summary>Unless power is lost again before.</summary>
    private void BootIn(TimeSpan off)
    {
        var life = _life;
        world.Agenda.In(off, () =>
        {
            if (life == _life)
                Boot();
        });
    }

    /// <summary>Sent until it is acknowledged: what TCP does within a connection, MQTT does across connections.</summary>
    private void Send(ushort packetId)
    {
        if (_connection is not { } connection || !_unacknowledged.TryGetValue(packetId, out var message))
            return;
        connection.ToServer(message.Topic, message.Payload, 1, packetId);
        world.Agenda.In(TimeSpan.FromSeconds(15), () =>
        {
            if (connection == _connection && _unacknowledged.TryGetValue(packetId, out var still) && still.Payload.Equals(message.Payload))
                Send(packetId);
        });
    }
}
