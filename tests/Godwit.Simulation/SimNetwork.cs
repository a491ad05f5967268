using System.Diagnostics.CodeAnalysis;
using System.Text;
using Godwit.Core.Access;
using Godwit.Server;
using Godwit.Server.Placement;

namespace Godwit.Simulation;

/// <summary>The server's end of all connections.</summary>
internal sealed class SimLink(World world, SimServer server) : IDeviceLink
{
    private const string Events = "$aws/events/";

    private readonly Dictionary<string, SimConnection> _connections = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, SimConnection> Connections => _connections;

    /// <summary>A device connects; an older connection of its is closed, as by the same client id.</summary>
    public SimConnection Connect(SimDevice device)
    {
        if (_connections.TryGetValue(device.Thing, out var older))
            older.Break();
        var connection = new SimConnection(world, server, device);
        _connections[device.Thing] = connection;
        world.Invariants.OnConnected(connection);
        return connection;
    }

    public void Drop(SimConnection connection)
    {
        if (_connections.TryGetValue(connection.Device.Thing, out var current) && current == connection)
            _connections.Remove(connection.Device.Thing);
    }

    public void Publish(string account, string topic, ReadOnlyMemory<byte> payload, int qos)
    {
        if (!server.Dead && topic.StartsWith(Events, StringComparison.Ordinal))
            PublishEvent(topic, payload);
        if (server.Dead || Find(account, topic) is not { } connection)
            return;
        var text = Encoding.UTF8.GetString(payload.Span);
        if (world.Sabotage?.LosesPush(topic) == true)
            return;
        world.Note($"push {topic} {Brief(text)}");
        world.Invariants.OnPush(connection, topic, text);
        if (world.Sabotage?.RepeatsPush() == true)
            world.Invariants.OnPush(connection, topic, text);
        connection.ToDevice(topic, payload.ToArray(), mayBeLost: false);
    }

    /// <summary>A back end of the account listens to all events as long as the server is there.</summary>
    public bool HasSubscriber(string account, string topic) => (account == World.Account && topic.StartsWith(Events, StringComparison.Ordinal)) || Find(account, topic) is not null;

    private void PublishEvent(string topic, ReadOnlyMemory<byte> payload)
    {
        if (world.Sabotage?.LosesEvent() == true)
            return;
        world.Note($"event {topic[Events.Length..]}");
        world.Invariants.OnEvent(topic, Encoding.UTF8.GetString(payload.Span));
    }

    public bool IsConnected(string account, string clientId) => account == World.Account && _connections.ContainsKey(clientId);

    public void Disconnect(string account, string certificateId, string why) => throw new NotSupportedException();

    private SimConnection? Find(string account, string topic)
    {
        // $aws/things/THING/jobs/notify
        var parts = topic.Split('/');
        return account == World.Account && parts[1] == "things" && _connections.TryGetValue(parts[2], out var connection) && connection.Subscriptions.Contains(topic) ? connection : null;
    }

    /// <summary>The ids in a payload, without its document.</summary>
    public static string Brief(string payload)
    {
        var end = payload.IndexOf("\"jobDocument\"", StringComparison.Ordinal);
        return end < 0 ? payload : payload[..end] + "…";
    }
}

/// <summary>
/// One MQTT connection. Requests and replies are delayed, lost, repeated and overtaken; pushes keep their order and are lost only with the connection,
/// as TCP and QoS 1 have it. A broken connection takes everything with it that was on its way.
/// </summary>
internal sealed class SimConnection(World world, SimServer server, SimDevice device)
{
    private readonly Queue<SimRequest> _requests = new();
    private long _toServerAt;
    private long _toDeviceAt;
    private bool _handles;

    public SimServer Server => server;

    public SimDevice Device => device;

    public HashSet<string> Subscriptions { get; } = new(StringComparer.Ordinal);

    /// <summary>Nothing passes any more; the ends may not know yet.</summary>
    public bool Broken { get; private set; }

    /// <summary>The next execution of the thing when it subscribed, and the one that it was told of last: what the model compares.</summary>
    public string? HeadWhenSubscribed { get; set; }

    public string? LastPush { get; set; }

    public bool Pushed { get; set; }

    /// <summary>Up to where the history of the thing's next executions has been told; how often its list was told of, and had changed when it subscribed.</summary>
    public int HeadsTold { get; set; }

    public long Lists { get; set; }

    public long ListsDue { get; set; }

    public void Break()
    {
        if (Broken)
            return;
        Broken = true;
        _requests.Clear();
        server.Link.Drop(this);
        // Keep-alives tell the device, in their time.
        world.Agenda.In(world.Network.Time(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(world.Faults.On ? 20 : 2)), () => device.OnBroken(this));
    }

    public void ToServer(string topic, ReadOnlyMemory<byte> payload, int qos, ushort packetId)
    {
        var faults = world.Faults;
        if (qos == 0 && faults.Hit(faults.Loss))
            return;
        if (faults.Hit(faults.Cut))
        {
            world.Note($"cut {device.Thing}");
            Break();
            return;
        }
        // Whoever asks for blocks may well ask twice.
        var copies = (qos == 1 || IsOfStream(topic)) && faults.Hit(faults.Repeat) ? 2 : 1;
        for (var i = 0; i < copies; i++)
            world.Agenda.In(Delay(ref _toServerAt, faults.Hit(faults.Reorder)), () => Arrive(topic, payload, qos, packetId));
    }

    public void ToDevice(string topic, ReadOnlyMemory<byte> payload, bool mayBeLost)
    {
        var faults = world.Faults;
        if (mayBeLost && faults.Hit(faults.Loss))
            return;
        var copies = faults.Hit(faults.Repeat) ? 2 : 1;
        for (var i = 0; i < copies; i++)
            world.Agenda.In(Delay(ref _toDeviceAt, mayBeLost && faults.Hit(faults.Reorder)), () =>
            {
                if (!Broken)
                    device.OnPublish(this, topic, payload);
            });
    }

    private TimeSpan Delay(ref long last, bool overtakes)
    {
        var now = world.Agenda.Now;
        var most = world.Faults.Hit(world.Faults.Slow) ? TimeSpan.FromSeconds(8) : TimeSpan.FromMilliseconds(300);
        var at = now + world.Network.Time(TimeSpan.FromMilliseconds(2), most).Ticks;
        if (!overtakes)
            last = at = Math.Max(at, last);
        return TimeSpan.FromTicks(at - now);
    }

    private void Arrive(string topic, ReadOnlyMemory<byte> payload, int qos, ushort packetId)
    {
        if (Broken || server.Dead)
            return;
        _requests.Enqueue(new SimRequest(world, this, topic, payload) { Acknowledge = qos == 1 ? () => Acknowledge(packetId) : null });
        if (!_handles)
            server.Loop.Post(_ => HandleAll(), null);
        _handles = true;
    }

    /// <summary>Requests of one connection come in order, one at a time.</summary>
    private async void HandleAll()
    {
        while (_requests.TryDequeue(out var request))
        {
            try
            {
                request.Begun();
                await (IsOfStream(request.Topic) ? server.Streams : server.Jobs).Handle(request, CancellationToken.None);
                if (!server.Dead && !Broken)
                    request.Acknowledge?.Invoke();
            }
            catch (Exception failure)
            {
                server.Report($"{request.Topic} threw", failure);
            }
        }
        _handles = false;
    }

    /// <summary>Of the two areas that devices know, by the letter that follows the thing.</summary>
    private bool IsOfStream(string topic) => topic[SimRequest.AreaAt(device.Thing)] == 's';

    private void Acknowledge(ushort packetId)
    {
        if (!world.Faults.Hit(world.Faults.Loss))
            world.Agenda.In(Delay(ref _toDeviceAt, overtakes: false), () => device.OnAcknowledged(this, packetId));
    }
}

/// <summary>A device's message as the jobs and the streams slice take it.</summary>
internal sealed class SimRequest : TopicRequest
{
    private readonly World _world;
    private readonly SimConnection _connection;

    [SetsRequiredMembers]
    public SimRequest(World world, SimConnection connection, string topic, ReadOnlyMemory<byte> payload)
    {
        (_world, _connection) = (world, connection);
        Caller = DeviceCaller;
        Thing = connection.Device.Thing;
        Topic = topic;
        Rest = topic[(topic.IndexOf('/', AreaAt(Thing)) + 1)..];
        Payload = payload;
        ArrivedAt = world.Agenda.Now;
    }

    /// <summary>In true time.</summary>
    public long ArrivedAt { get; }

    public static Caller DeviceCaller { get; } = new(World.Account, World.Region, $"arn:aws:iot:{World.Region}:{World.Account}:cert/abc", "", "abc");

    /// <summary>How many commits there had been when the server took it up.</summary>
    public long Since { get; private set; }

    public Action? Acknowledge { get; init; }

    /// <summary>Where a topic names its area: <c>$aws/things/{thing}/</c> is before it.</summary>
    public static int AreaAt(string thing) => "$aws/things/".Length + thing.Length + 1;

    public void Begun() => Since = _world.Invariants.Commits;

    public override void Reply(string topic, ReadOnlyMemory<byte> payload)
    {
        if (_connection.Server.Dead)
            return;
        if (topic[AreaAt(Thing)] == 's')
        {
            _world.Note($"reply {topic}");
            _world.Invariants.OnStreamRefusal(this, topic);
        }
        else
        {
            var text = Encoding.UTF8.GetString(payload.Span);
            _world.Note($"reply {topic} {SimLink.Brief(text)}");
            _world.Invariants.OnReply(this, topic, text);
        }
        if (!_connection.Broken)
            _connection.ToDevice(topic, payload.ToArray(), mayBeLost: true);
    }

    public override ValueTask ReplyBlock(
        string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct)
    {
        if (_connection.Server.Dead)
            return default;
        // The pieces are the service's own, and only lent until this returns.
        byte[] message = [.. head.Span, .. body.Span, .. tail.Span];
        lease?.Dispose();
        _world.Invariants.OnBlock(this, topic, message);
        if (!_connection.Broken)
            _connection.ToDevice(topic, message, mayBeLost: true);
        return default;
    }
}
