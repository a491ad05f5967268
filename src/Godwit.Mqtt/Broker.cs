using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt;

/// <summary>
/// The broker: listeners make connections, connections hand publishes to the host and to <see cref="Route"/>, the tree finds
/// subscriptions, sessions queue, outboxes write. One timer looks at everything that depends on time.
/// </summary>
public sealed class Broker : IAsyncDisposable
{
    [ThreadStatic]
    private static List<Subscription>? matchesOfThread;

    private readonly ConcurrentDictionary<long, Connection> open = new();
    private readonly ConcurrentDictionary<string, Domain> domains = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly List<AcceptLoop> loops = [];
    private readonly List<Task> accepting = [];
    private readonly Action<Span<byte>> fillRandom;
    private readonly HandshakeGate handshakes;
    private ITimer? timer;
    private long lastId;
    private int sweeping;

    /// <param name="options">Where to listen and what to spend.</param>
    /// <param name="host">Who decides.</param>
    /// <param name="time">Keep-alive, expiry and delays follow it.</param>
    /// <param name="fillRandom">Source of the client ids that the broker assigns.</param>
    public Broker(BrokerOptions options, IBrokerHost host, TimeProvider time, Action<Span<byte>> fillRandom)
    {
        Options = options;
        Host = host;
        Clock = new BrokerClock(time);
        this.fillRandom = fillRandom;
        handshakes = new HandshakeGate(options.HandshakesAtOnceMax);
        Sessions = new Sessions(this);
    }

    public BrokerOptions Options { get; }

    /// <summary>Addresses listened on, by the listener's name, with the ports that were taken.</summary>
    public IReadOnlyDictionary<string, IPEndPoint> EndPoints { get; private set; } = new Dictionary<string, IPEndPoint>();

    /// <summary>Connections that were answered CONNACK and have not ended.</summary>
    public IEnumerable<IConnection> Connections => Sessions.Connections;

    internal MqttProfile Profile => Options.Profile;

    internal IBrokerHost Host { get; }

    internal BrokerClock Clock { get; }

    internal Counters Counters { get; } = new();

    internal Sessions Sessions { get; }

    internal CancellationToken Stopping => stopping.Token;

    /// <summary>Binds all listeners, or none and throws <see cref="SocketException"/>; then accepts.</summary>
    public Task StartAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        try
        {
            foreach (var listener in Options.Listeners)
                loops.Add(new AcceptLoop(this, listener, handshakes));
        }
        catch
        {
            loops.ForEach(loop => loop.Dispose());
            loops.Clear();
            throw;
        }

        EndPoints = Options.Listeners.Zip(loops).ToDictionary(pair => pair.First.Name, pair => pair.Second.EndPoint);
        timer = Clock.Time.CreateTimer(static broker => ((Broker)broker!).Sweep(), this, Options.SweepPeriod, Options.SweepPeriod);
        accepting.AddRange(loops.Select(loop => loop.Run()));
        return Task.CompletedTask;
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

        var message = Message.From(topic, payload, qos, retain, properties, Clock.Now);
        var world = Domain(domain);
        if (retain)
            world.Retained.Set(message);
        var matches = Match(world, topic);
        var count = Deliver(message, from: null, matches);
        Return(matches);
        return count;
    }

    /// <summary>Whether a session, connected or not, subscribes to the topic.</summary>
    public bool HasSubscriber(string topic, string domain = "")
    {
        if (!domains.TryGetValue(domain, out var world))
            return false;
        var matches = Match(world, topic);
        var any = matches.Count > 0;
        Return(matches);
        return any;
    }

    public bool IsConnected(string clientId, string domain = "") => Sessions.Find(domain, clientId) is not null;

    public IConnection? Find(string clientId, string domain = "") => Sessions.Find(domain, clientId);

    /// <summary>False if the client is not connected.</summary>
    public bool Disconnect(string clientId, ReasonCode reason, string domain = "")
    {
        var connection = Sessions.Find(domain, clientId);
        connection?.Disconnect(reason);
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

    internal void PublishWill(Connection from)
    {
        if (from.Will is not { } will)
            return;

        var message = new IncomingPublish
        {
            Topic = new Topic(will.Topic),
            Payload = will.Payload,
            QoS = will.QoS,
            Retain = will.Retain,
            Properties = will.Properties,
        };
        if (Host.AuthorizePublish(from, message).Action is PublishVerdict.Kind.Allow or PublishVerdict.Kind.AllowAckAfterEffect)
            Route(message, from);
    }

    /// <summary>A client's message to whoever subscribed. Nothing is copied if nobody did.</summary>
    internal void Route(in IncomingPublish message, Connection from)
    {
        var matches = Match(from.World, message.Topic.Name);
        if (matches.Count > 0 || message.Retain)
        {
            var shared = Message.From(
                message.Topic.Name, message.Payload.ToArray(), message.QoS, message.Retain, message.Properties, Clock.Now);
            if (message.Retain && !from.World.Retained.Set(shared))
                Interlocked.Increment(ref Counters.Drops);
            Deliver(shared, from, matches);
        }

        Return(matches);
    }

    internal void SendRetained(Subscription subscription, in SubscribeFilter filter, bool isNew)
    {
        if (filter.RetainHandling == 2 || (filter.RetainHandling == 1 && !isNew))
            return;

        foreach (var message in subscription.Session.Domain.Retained.Matching(subscription.Inner, Clock.Now))
            Deliver(subscription, message, subscription.QoS, retain: true);
    }

    /// <summary>Made when it is first named; as many as the host has tenants.</summary>
    internal Domain Domain(string name) => domains.GetOrAdd(name, static (known, options) => new Domain(known, options), Options);

    internal string NewClientId()
    {
        Span<byte> random = stackalloc byte[16];
        fillRandom(random);
        return "auto-" + Convert.ToHexStringLower(random);
    }

    /// <summary>Once to each session, at the highest QoS of its subscriptions that match [MQTT-3.3.5-1].</summary>
    private int Deliver(Message message, Connection? from, List<Subscription> matches)
    {
        var count = 0;
        var highest = matches.Count > 1 ? HighestQos(matches) : null;
        foreach (var subscription in matches)
        {
            if (subscription.NoLocal && from is not null && subscription.Session == from.Session)
                continue; // [MQTT-3.8.3-3]

            var qos = subscription.QoS;
            if (highest is not null && subscription.ShareName is null && !highest.Remove(subscription.Session, out qos))
                continue;
            if (Deliver(subscription, message, qos, retain: subscription.RetainAsPublished && message.Retain))
                count++;
        }

        return count;
    }

    private static Dictionary<Session, QoS> HighestQos(List<Subscription> matches)
    {
        var highest = new Dictionary<Session, QoS>(matches.Count);
        foreach (var subscription in matches)
        {
            if (subscription.ShareName is not null)
                continue;
            ref var qos = ref CollectionsMarshal.GetValueRefOrAddDefault(highest, subscription.Session, out _);
            qos = subscription.QoS > qos ? subscription.QoS : qos;
        }

        return highest;
    }

    private bool Deliver(Subscription subscription, Message message, QoS granted, bool retain)
    {
        var qos = message.QoS < granted ? message.QoS : granted;
        var result = subscription.Session.Deliver(new Delivery(message, qos, retain, subscription.Id, Direct: false));
        if (result == SendResult.Full)
            Interlocked.Increment(ref Counters.Drops);
        return result == SendResult.Queued;
    }

    private static List<Subscription> Match(Domain world, string topic)
    {
        var matches = matchesOfThread ?? [];
        matchesOfThread = null;
        world.Tree.Match(topic, matches);
        return matches;
    }

    private static void Return(List<Subscription> matches)
    {
        matches.Clear();
        if (matches.Capacity <= 1024)
            matchesOfThread = matches;
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
