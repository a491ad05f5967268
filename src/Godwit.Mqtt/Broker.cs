using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt;

/// <summary>
/// The broker: listeners make connections, connections hand publishes to the host and to the <see cref="Router"/>, the tree
/// finds subscriptions, sessions queue, outboxes write. One timer looks at everything that depends on time.
/// </summary>
public sealed class Broker : IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, Connection> open = new();
    private readonly ConcurrentDictionary<string, Domain> domains = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly List<AcceptLoop> loops = [];
    private readonly List<Task> accepting = [];
    private readonly Action<Span<byte>> fillRandom;
    private ITimer? timer;
    private long lastId;
    private long lastNumber;
    private int sweeping;

    /// <param name="options">Where to listen and what to spend.</param>
    /// <param name="host">Who decides.</param>
    /// <param name="time">Keep-alive, expiry and delays follow it.</param>
    /// <param name="fillRandom">Source of the client ids that the broker assigns.</param>
    /// <param name="journal">Where kept sessions and retained messages are written; without one they end with the process.</param>
    public Broker(BrokerOptions options, IBrokerHost host, TimeProvider time, Action<Span<byte>> fillRandom, ISessionJournal? journal = null)
    {
        Options = options;
        Host = host;
        Clock = new BrokerClock(time);
        Journal = journal;
        this.fillRandom = fillRandom;
        Handshakes = new HandshakeGate(options.HandshakesAtOnceMax, options.StrangersMax);
        Sessions = new Sessions(this);
        Router = new Router(this);
        ConnectRates = new ConnectRates(options.Rates);
    }

    public BrokerOptions Options { get; }

    /// <summary>Addresses listened on, by the listener's name, with the ports that were taken.</summary>
    public IReadOnlyDictionary<string, IPEndPoint> EndPoints { get; private set; } = new Dictionary<string, IPEndPoint>();

    /// <summary>Connections that were answered CONNACK and have not ended.</summary>
    public IEnumerable<IConnection> Connections => Sessions.Connections;

    internal MqttProfile Profile => Options.Profile;

    internal IBrokerHost Host { get; }

    internal BrokerClock Clock { get; }

    internal ISessionJournal? Journal { get; }

    internal Counters Counters { get; } = new();

    internal Sessions Sessions { get; }

    internal Router Router { get; }

    internal ConnectRates ConnectRates { get; }

    internal HandshakeGate Handshakes { get; }

    internal CancellationToken Stopping => stopping.Token;

    /// <summary>Binds all listeners, or none and throws <see cref="SocketException"/>; takes up what was kept; then accepts.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        try
        {
            foreach (var listener in Options.Listeners)
                loops.Add(new AcceptLoop(this, listener, Handshakes));
        }
        catch
        {
            loops.ForEach(loop => loop.Dispose());
            loops.Clear();
            throw;
        }

        EndPoints = Options.Listeners.Zip(loops).ToDictionary(pair => pair.First.Name, pair => pair.Second.EndPoint);
        if (Journal is not null)
            Restore(await Journal.Load(ct).ConfigureAwait(false));
        timer = Clock.Time.CreateTimer(static broker => ((Broker)broker!).Sweep(), this, Options.SweepPeriod, Options.SweepPeriod);
        accepting.AddRange(loops.Select(loop => loop.Run()));
    }

    /// <summary>Tells level 5 that the server shuts down, lets what waits be written, and ends every connection.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        loops.ForEach(loop => loop.Dispose());
        await Task.WhenAll(accepting).ConfigureAwait(false);
        foreach (var connection in open.Values)
            connection.End(DisconnectReason.ServerShutdown, ReasonCode.ServerShuttingDown);

        var gone = Task.WhenAll(open.Values.Select(connection => connection.Gone));
        await Task.WhenAny(gone, Task.Delay(Options.StopTimeout, Clock.Time, ct)).ConfigureAwait(false);
        foreach (var connection in open.Values)
            connection.End(DisconnectReason.ServerShutdown, ReasonCode.Success, abort: true);
        await gone.ConfigureAwait(false);
        if (timer is not null)
            await timer.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!stopping.IsCancellationRequested)
            await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        Handshakes.Dispose();
        stopping.Dispose();
    }

    /// <summary>
    /// A publication of the service to whoever subscribed, subject to <see cref="IBrokerHost.AuthorizeDelivery"/>. The payload is
    /// kept, not copied. Gives back to how many sessions it went (or waits for).
    /// </summary>
    public int Publish(
        string topic, ReadOnlyMemory<byte> payload, QoS qos, bool retain, Properties? properties = null, string domain = "")
    {
        if (topic.Length == 0 || TopicFilter.HasWildcards(topic))
            throw new ArgumentException("A topic to publish to is not empty and has no wildcards.", nameof(topic));

        return Router.Publish(Domain(domain), Message.From(topic, payload, qos, retain, properties, Clock.Now));
    }

    /// <summary>The retained message of one topic, or null.</summary>
    public KeptMessage? FindRetained(string topic, string domain = "") =>
        domains.TryGetValue(domain, out var world) ? world.Retained.Find(topic, Clock.Now)?.Kept(Clock) : null;

    /// <summary>All retained messages, in no order.</summary>
    public IReadOnlyList<KeptMessage> AllRetained(string domain = "") =>
        domains.TryGetValue(domain, out var world) ? [.. world.Retained.All(Clock.Now).Select(message => message.Kept(Clock))] : [];

    /// <summary>Whether a session, connected or not, subscribes to the topic.</summary>
    public bool HasSubscriber(string topic, string domain = "") => domains.TryGetValue(domain, out var world) && Router.HasSubscriber(world, topic);

    public bool IsConnected(string clientId, string domain = "") => Sessions.Find(domain, clientId) is not null;

    public IConnection? Find(string clientId, string domain = "") => Sessions.Find(domain, clientId);

    /// <summary>False if the client is not connected.</summary>
    public bool Disconnect(string clientId, ReasonCode reason, string domain = "")
    {
        var connection = Sessions.Find(domain, clientId);
        connection?.Disconnect(reason);
        return connection is not null;
    }

    /// <summary>Ends a client's connection, and with it, if asked, its session and its will. False if the client is not connected.</summary>
    public bool End(string clientId, ReasonCode reason, string domain = "", bool endSession = false, bool withoutWill = false)
    {
        var connection = Sessions.Find(domain, clientId);
        connection?.End(reason, endSession, withoutWill);
        return connection is not null;
    }

    /// <summary>Ends every connection that the predicate names; gives back how many.</summary>
    public int Disconnect(Func<IConnection, bool> which, ReasonCode reason)
    {
        var count = 0;
        foreach (var connection in Sessions.Connections)
        {
            if (!which(connection))
                continue;
            connection.Disconnect(reason);
            count++;
        }

        return count;
    }

    /// <summary>Runs MQTT on a stream that was opened elsewhere, such as a WebSocket; completes when it has ended.</summary>
    public Task ServeAsync(Stream stream, TransportInfo info) =>
        Begin(new StreamTransport(stream, info));

    public BrokerCounters Count() => new()
    {
        ConnectionsAccepted = Volatile.Read(ref Counters.ConnectionsAccepted),
        ConnectionsRefused = Volatile.Read(ref Counters.ConnectionsRefused),
        SocketsOpen = Volatile.Read(ref Counters.SocketsOpen),
        Connected = Volatile.Read(ref Counters.Connected),
        HandshakesDone = Volatile.Read(ref Counters.HandshakesDone),
        HandshakesFailed = Volatile.Read(ref Counters.HandshakesFailed),
        PacketsIn = Volatile.Read(ref Counters.PacketsIn),
        PacketsOut = Volatile.Read(ref Counters.PacketsOut),
        BytesIn = Volatile.Read(ref Counters.BytesIn),
        BytesOut = Volatile.Read(ref Counters.BytesOut),
        PublishesIn = Volatile.Read(ref Counters.PublishesIn),
        PublishesOut = Volatile.Read(ref Counters.PublishesOut),
        Drops = Volatile.Read(ref Counters.Drops),
        Throttled = Volatile.Read(ref Counters.Throttled),
        Sessions = Sessions.Count,
        Subscriptions = domains.Values.Sum(domain => (long)domain.Tree.Count),
        Retained = domains.Values.Sum(domain => (long)domain.Retained.Count),
    };

    /// <summary>Starts a connection's life; the transport is closed at once if there are too many.</summary>
    internal Task Begin(Transport transport)
    {
        if (Interlocked.Increment(ref Counters.SocketsOpen) > Options.ConnectionsMax)
        {
            Interlocked.Decrement(ref Counters.SocketsOpen);
            Interlocked.Increment(ref Counters.ConnectionsRefused);
            transport.Abort();
            return Task.CompletedTask;
        }

        Interlocked.Increment(ref Counters.ConnectionsAccepted);
        var connection = new Connection(this, Interlocked.Increment(ref lastId), transport);
        open[connection.Id] = connection;
        connection.Start();
        return connection.Gone;
    }

    internal void Forget(Connection connection)
    {
        open.TryRemove(connection.Id, out _);
        Interlocked.Decrement(ref Counters.SocketsOpen);
    }

    /// <summary>Numbers the messages that are kept, in their order.</summary>
    internal long NextNumber() => Interlocked.Increment(ref lastNumber);

    /// <summary>Made when it is first named; as many as the host has tenants.</summary>
    internal Domain Domain(string name) => domains.GetOrAdd(name, static (known, broker) => new Domain(known, broker.Options, broker.Journal, broker.Clock), this);

    internal string NewClientId()
    {
        Span<byte> random = stackalloc byte[16];
        fillRandom(random);
        return "auto-" + Convert.ToHexStringLower(random);
    }

    private void Restore(KeptState state)
    {
        foreach (var (domain, message) in state.Retained)
            Domain(domain).Retained.Restore(Message.From(message, Clock));
        lastNumber = state.Sessions.SelectMany(session => session.Deliveries).Select(delivery => delivery.Number).DefaultIfEmpty().Max();
        Sessions.Restore(state.Sessions);
    }

    private void Sweep()
    {
        // A sweep that takes longer than its period is not doubled.
        if (Interlocked.Exchange(ref sweeping, 1) == 1)
            return;

        try
        {
            var now = Clock.Now;
            foreach (var (_, connection) in open)
                connection.Sweep(now);
            Sessions.Sweep(now);
            ConnectRates.Sweep(now);
            foreach (var domain in domains.Values)
                domain.Retained.RemoveExpired(now);
        }
        catch (Exception error)
        {
            Host.Faulted(connection: null, error);
        }
        finally
        {
            Volatile.Write(ref sweeping, 0);
        }
    }
}
