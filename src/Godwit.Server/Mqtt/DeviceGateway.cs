using System.Diagnostics;
using System.Net;
using Godwit.Mqtt;
using Godwit.Mqtt.Packets;
using Godwit.Server.Metrics;
using Godwit.Server.Placement;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Mqtt;

/// <summary>
/// The device path, in this order: who is it (<see cref="DeviceAuthenticator"/>), may it (<see cref="DeviceRights"/>), is the topic reserved
/// (<see cref="TopicTable"/>), then a service answers or the broker routes as for any message.
/// </summary>
internal sealed partial class DeviceGateway(
    DeviceAuthenticator authenticator,
    TopicTable topics,
    LiveDevices live,
    Presence presence,
    LifecycleEvents events,
    MessageTails tails,
    ServerOptions options,
    ILogger<DeviceGateway> log) : IBrokerHost
{
    private readonly CancellationTokenSource _stopping = new();

    public async ValueTask<ConnectDecision> Authenticate(ConnectAttempt attempt, CancellationToken ct)
    {
        var (device, refusal, known) = await authenticator.Authenticate(attempt, ct);
        if (device is not null)
            return ConnectDecision.Accept(device, domain: device.Caller.Account);

        if (known is not null)
        {
            events.ConnectFailed(attempt.ClientId, known, ConnectFacts.IpOf(attempt.RemoteEndPoint));
            tails.Note(known.Account, attempt.ClientId, TailedPacket.Connect, FromWhere(attempt.RemoteEndPoint), refusal: refusal);
        }

        LogRefused(attempt.ClientId, attempt.RemoteEndPoint?.ToString(), refusal!);
        return ConnectDecision.Refuse(ReasonCode.NotAuthorized, silentV311: options.MqttAnswersRefusedConnect ? false : null);
    }

    public PublishVerdict AuthorizePublish(IConnection connection, in IncomingPublish message)
    {
        var verdict = JudgePublish(connection, message);
        if (tails.IsOn)
            tails.Note(connection.Domain, connection.ClientId, TailedPacket.Published, message.Topic.Name, message.Payload.Span, refusal: RefusalOf(verdict, connection, message));
        return verdict;
    }

    /// <summary>Its policies were asked at CONNECT; no service answers a device that is gone.</summary>
    public bool MayKeepWill(IConnection connection, Will will) => topics.Find(will.Topic).Kind == TopicKind.Ordinary;

    public SubscribeVerdict AuthorizeSubscribe(IConnection connection, in SubscribeFilter filter)
    {
        var verdict = JudgeSubscribe(connection, filter);
        if (tails.IsOn)
            tails.Note(
                connection.Domain, connection.ClientId, TailedPacket.Subscribe, filter.Filter,
                refusal: verdict == SubscribeVerdict.Granted ? null : IsForeign(filter.Filter) ? "no topics of that kind exist" : "its policies do not allow iot:Subscribe");
        return verdict;
    }

    private PublishVerdict JudgePublish(IConnection connection, in IncomingPublish message)
    {
        var device = (Device)connection.State!;
        var facts = FactsOf(device, message.Topic);
        var allowed = message.Retain ? facts.MayPublish && device.Rights.MayRetain(message.Topic.Name) : facts.MayPublish;
        if (!allowed)
        {
            LogDenied("iot:Publish", message.Topic.Name, connection.ClientId);
            // AWS: a level 4 device is cut off without PUBACK; level 5 has a code for it.
            return connection.Level == ProtocolLevel.V5 && message.QoS != QoS.AtMostOnce
                ? PublishVerdict.Drop(ReasonCode.NotAuthorized)
                : PublishVerdict.Disconnect(ReasonCode.NotAuthorized);
        }
        return facts.Route.Kind switch
        {
            TopicKind.Ordinary => PublishVerdict.Allow,
            // A will speaks for a device that is gone: no service could answer it.
            _ when !connection.IsOpen => PublishVerdict.Drop(ReasonCode.TopicNameInvalid),
            // AWS: reserved topics keep no messages.
            _ when message.Retain => PublishVerdict.Disconnect(ReasonCode.RetainNotSupported),
            TopicKind.Illegal => Illegal(connection, message.Topic.Name),
            TopicKind.Request when facts.Route.Service!.ChangesState => PublishVerdict.AllowAckAfterEffect,
            _ => PublishVerdict.AllowAckFirst,
        };
    }

    private SubscribeVerdict JudgeSubscribe(IConnection connection, in SubscribeFilter filter)
    {
        var device = (Device)connection.State!;
        if (IsForeign(filter.Filter) && !options.MqttProfile.OtherDollarFilters)
            return SubscribeVerdict.Refuse(ReasonCode.TopicFilterInvalid);
        if (device.Rights.MaySubscribe(filter.Filter))
            return SubscribeVerdict.Granted;

        LogDenied("iot:Subscribe", filter.Filter, connection.ClientId);
        return options.MqttDisconnectsDeniedSubscribe
            ? SubscribeVerdict.Disconnect(ReasonCode.NotAuthorized)
            : SubscribeVerdict.Refuse(ReasonCode.NotAuthorized);
    }

    public bool AuthorizeDelivery(IConnection connection, string topic)
    {
        var may = ((Device)connection.State!).Rights.MayReceive(topic);
        if (tails.IsOn)
            tails.Note(connection.Domain, connection.ClientId, TailedPacket.Delivered, topic, refusal: may ? null : "its policies do not allow iot:Receive");
        return may;
    }

    public PublishHandling OnPublish(IConnection connection, in IncomingPublish message)
    {
        var facts = FactsOf((Device)connection.State!, message.Topic);
        var route = facts.Route;
        switch (route.Kind)
        {
            case TopicKind.Ordinary:
                return PublishHandling.Ordinary;
            case TopicKind.Dropped:
                return PublishHandling.Done(route: false);
            case TopicKind.Request or TopicKind.Unmapped:
                return new PublishHandling(Route: route.Kind == TopicKind.Request, Work: Serve(route.Service!, RequestOf(connection, message, facts, tails)));
            default:
                throw new InvalidOperationException($"A message on {message.Topic.Name} was let through although no device may publish there.");
        }
    }

    public void Connected(IConnection connection)
    {
        var device = (Device)connection.State!;
        device.Version = presence.Came(connection.Domain, connection.ClientId, connection.Id);
        if (device.Caller.CertificateId is { } certificate)
            live.Add(certificate, connection);
        events.Connected(connection, device);
        tails.Note(connection.Domain, connection.ClientId, TailedPacket.Connect, FromWhere(connection.RemoteEndPoint));
        LogConnected(connection.ClientId, connection.RemoteEndPoint?.ToString(), device.Caller.Arn);
        // The key may have stopped between the answer to CONNECT and here, when nobody found the connection yet.
        if (IsOver(connection))
            connection.Disconnect(ReasonCode.NotAuthorized);
    }

    /// <summary>Whether a signature opened the connection that may open none any more; the end is noted as AWS calls it.</summary>
    public static bool IsOver(IConnection connection)
    {
        if (connection.Transport.HostState is not SignedUser { IsOver: true })
            return false;
        if (connection.State is Device device)
            device.WhyEnded = DisconnectWords.AuthError;
        return true;
    }

    public void Disconnected(IConnection connection, DisconnectReason reason)
    {
        var device = (Device)connection.State!;
        if (device.Caller.CertificateId is { } certificate)
            live.Remove(certificate, connection);
        var why = DisconnectWords.Of(reason, device.WhyEnded);
        presence.Left(connection.Domain, connection.ClientId, connection.Id, why);
        events.Disconnected(connection, device, why);
        tails.Note(connection.Domain, connection.ClientId, TailedPacket.Disconnect, why);
        LogDisconnected(connection.ClientId, reason);
    }

    public void Subscribed(IConnection connection, IReadOnlyList<string> filters) => events.Subscribed(connection, (Device)connection.State!, filters);

    public void Unsubscribed(IConnection connection, IReadOnlyList<string> filters)
    {
        events.Unsubscribed(connection, (Device)connection.State!, filters);
        if (tails.IsOn)
            tails.Note(connection.Domain, connection.ClientId, TailedPacket.Unsubscribe, string.Join(", ", filters));
    }

    public void Faulted(IConnection? connection, Exception error) => LogFaulted(error, connection?.ClientId);

    /// <summary>Requests that still wait are given up.</summary>
    public void Stop() => _stopping.Cancel();

    private async ValueTask<ReasonCode> Serve(ITopicService service, MqttTopicRequest request)
    {
        using var trace = Telemetry.Source.HasListeners() ? Telemetry.Source.StartActivity(service.Area, ActivityKind.Server) : null;
        trace?.SetTag("messaging.system", "mqtt").SetTag("godwit.thing", request.Thing).SetTag("messaging.destination.name", request.Topic);
        try
        {
            await service.Handle(request, _stopping.Token);
            await request.Flush(_stopping.Token);
            return ReasonCode.Success;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return ReasonCode.ServerShuttingDown;
        }
        catch (Exception bug)
        {
            LogServiceFailed(bug, request.Topic);
            return ReasonCode.UnspecifiedError;
        }
    }

    private static string FromWhere(EndPoint? remote) => remote is null ? "" : $"from {remote}";

    private string? RefusalOf(PublishVerdict verdict, IConnection connection, in IncomingPublish message)
    {
        if (verdict == PublishVerdict.Allow || verdict == PublishVerdict.AllowAckFirst || verdict == PublishVerdict.AllowAckAfterEffect)
            return null;
        var facts = FactsOf((Device)connection.State!, message.Topic);
        return facts.Route.Kind == TopicKind.Illegal ? "the topic is reserved, and no device may publish there"
            : facts.MayPublish && message.Retain ? "reserved topics keep no messages, or its policies do not allow iot:RetainPublish"
            : facts.MayPublish ? "nobody is there to answer it"
            : "its policies do not allow iot:Publish";
    }

    private static MqttTopicRequest RequestOf(IConnection connection, in IncomingPublish message, TopicFacts facts, MessageTails tails)
    {
        // Requests of one connection come one at a time, and a service that only reads keeps none of them: block after block takes the same object.
        if (facts.Spare is { } spare)
        {
            spare.Renew(message.QoS, message.Properties, message.Payload);
            return spare;
        }
        var request = new MqttTopicRequest(connection, message.QoS, message.Properties, tails)
        {
            Caller = ((Device)connection.State!).Caller,
            Thing = facts.Route.Thing,
            Topic = message.Topic.Name,
            Rest = facts.Route.Rest,
            Payload = message.Payload,
        };
        facts.Spare = facts.Route.Service is { ChangesState: false } ? request : null;
        return request;
    }

    /// <summary>What was found out about a topic stays with it until the device's rights change: block after block costs no lookup.</summary>
    private TopicFacts FactsOf(Device device, Topic topic)
    {
        var rights = device.Rights;
        if (topic.HostState is TopicFacts known && ReferenceEquals(known.Rights, rights))
            return known;
        var facts = new TopicFacts(rights, rights.MayPublish(topic.Name), topics.Find(topic.Name));
        topic.HostState = facts;
        return facts;
    }

    private PublishVerdict Illegal(IConnection connection, string topic)
    {
        LogReserved(topic, connection.ClientId);
        return PublishVerdict.Disconnect(ReasonCode.TopicNameInvalid);
    }

    /// <summary>Of what begins with a dollar, only AWS's own topics and shared subscriptions exist here.</summary>
    private static bool IsForeign(string filter) =>
        filter.StartsWith('$')
        && !filter.StartsWith("$aws/", StringComparison.Ordinal)
        && !filter.StartsWith("$share/", StringComparison.Ordinal);

    private sealed record TopicFacts(DeviceRights Rights, bool MayPublish, TopicRoute Route)
    {
        /// <summary>A request on this topic that has been answered and may be used again.</summary>
        public MqttTopicRequest? Spare { get; set; }
    }
}
