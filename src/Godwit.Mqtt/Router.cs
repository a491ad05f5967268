using System.Runtime.InteropServices;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>From a message to the sessions that it goes to. Connections call it on their own threads; it owns nothing but a list for each thread.</summary>
internal sealed class Router(Broker broker)
{
    [ThreadStatic]
    private static List<Subscription>? matchesOfThread;

    /// <summary>A publication of the service; gives back to how many sessions it went (or waits for).</summary>
    public int Publish(Domain world, Message message)
    {
        if (message.Retain)
            world.Retained.Set(message);
        var matches = Match(world, message.Topic);
        var count = Deliver(message, from: null, matches, out _);
        Return(matches);
        return count;
    }

    /// <summary>Whether a session, connected or not, subscribes to the topic.</summary>
    public static bool HasSubscriber(Domain world, string topic)
    {
        var matches = Match(world, topic);
        var any = matches.Count > 0;
        Return(matches);
        return any;
    }

    public void PublishWill(DelayedWill delayed)
    {
        var will = delayed.Message;
        var properties = broker.Profile.Lowered(will.Properties);
        if (delayed.From is not { } from)
        {
            Publish(delayed.World, Message.From(will.Topic, will.Payload, will.QoS, will.Retain, properties, broker.Clock.Now));
            return;
        }

        var message = new IncomingPublish
        {
            Topic = new Topic(will.Topic),
            Payload = will.Payload,
            QoS = will.QoS,
            Retain = will.Retain,
            Properties = properties,
        };
        if (broker.Host.AuthorizePublish(from, message).Action is not (PublishVerdict.Kind.Drop or PublishVerdict.Kind.Disconnect))
            Route(message, from);
    }

    /// <summary>
    /// A client's message to whoever subscribed. Nothing is copied if nobody did. True if it is kept somewhere, so that it may be
    /// acknowledged only when the journal has written it.
    /// </summary>
    public bool Route(in IncomingPublish message, Connection from, List<Subscription>? found = null)
    {
        var kept = false;
        var matches = found ?? Match(from.World, message.Topic.Name);
        if (matches.Count > 0 || message.Retain)
        {
            var shared = Message.From(
                message.Topic.Name, message.Payload.ToArray(), message.QoS, message.Retain, message.Properties, broker.Clock.Now);
            if (message.Retain && !from.World.Retained.Set(shared))
                Interlocked.Increment(ref broker.Counters.Drops);
            Deliver(shared, from, matches, out kept);
            kept |= message.Retain && broker.Journal is not null;
        }

        Return(matches);
        return kept;
    }

    /// <summary>
    /// Is the message one that the journal is going to be told of? Where subscriptions had to be looked at, they are given back
    /// for <see cref="Route"/>: of a shared group another member would be next.
    /// </summary>
    public bool WouldKeep(in IncomingPublish message, Domain world, out List<Subscription>? found)
    {
        found = null;
        if (broker.Journal is null || message.QoS == QoS.AtMostOnce)
            return false;

        found = Match(world, message.Topic.Name);
        return message.Retain || found.Exists(static subscription => subscription.QoS > QoS.AtMostOnce && subscription.Session.IsKept);
    }

    public void SendRetained(Subscription subscription, in SubscribeFilter filter, bool isNew)
    {
        if (filter.RetainHandling == 2 || (filter.RetainHandling == 1 && !isNew))
            return;

        foreach (var message in subscription.Session.Domain.Retained.Matching(subscription.Inner, broker.Clock.Now))
            Deliver(subscription, message, subscription.QoS, retain: true, subscription.Ids, out _);
    }

    /// <summary>
    /// Once to each session, at the highest QoS of its subscriptions that match [MQTT-3.3.4-2], with the identifiers of all of
    /// them [MQTT-3.3.4-4]; and once to each shared group.
    /// </summary>
    private int Deliver(Message message, Connection? from, List<Subscription> matches, out bool kept)
    {
        var count = 0;
        kept = false;
        var overlaps = matches.Count > 1 ? Overlapping(matches, from) : null;
        foreach (var subscription in matches)
        {
            if (IsEcho(subscription, from))
                continue; // [MQTT-3.8.3-3]

            var grant = new Grant(subscription.QoS, subscription.RetainAsPublished, subscription.Ids);
            if (overlaps is not null && subscription.ShareName is null && !overlaps.Remove(subscription.Session, out grant))
                continue;
            if (Deliver(subscription, message, grant.QoS, retain: grant.RetainAsPublished && message.Retain, grant.Ids, out var wasKept))
                count++;
            kept |= wasKept;
        }

        return count;
    }

    private static bool IsEcho(Subscription subscription, Connection? from) =>
        subscription.NoLocal && from is not null && subscription.Session == from.Session;

    private static Dictionary<Session, Grant> Overlapping(List<Subscription> matches, Connection? from)
    {
        var overlaps = new Dictionary<Session, Grant>(matches.Count);
        foreach (var subscription in matches)
        {
            if (subscription.ShareName is not null || IsEcho(subscription, from))
                continue;
            ref var grant = ref CollectionsMarshal.GetValueRefOrAddDefault(overlaps, subscription.Session, out _);
            grant = new Grant(
                subscription.QoS > grant.QoS ? subscription.QoS : grant.QoS,
                grant.RetainAsPublished || subscription.RetainAsPublished,
                grant.Ids is null ? subscription.Ids : subscription.Ids is null ? grant.Ids : [.. grant.Ids, .. subscription.Ids]);
        }

        return overlaps;
    }

    private bool Deliver(Subscription subscription, Message message, QoS granted, bool retain, IReadOnlyList<uint>? ids, out bool kept)
    {
        var qos = message.QoS < granted ? message.QoS : granted;
        var result = subscription.Session.Deliver(new Delivery(message, qos, retain, ids, Direct: false), out kept);
        if (result == SendResult.Full)
            Interlocked.Increment(ref broker.Counters.Drops);
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

    /// <summary>What one session is granted of one message by all its filters that match.</summary>
    private readonly record struct Grant(QoS QoS, bool RetainAsPublished, IReadOnlyList<uint>? Ids);
}
