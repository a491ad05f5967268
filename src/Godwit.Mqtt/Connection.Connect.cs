using System.Text;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

internal sealed partial class Connection
{
    /// <summary>How long the host may take to answer.</summary>
    private const int AuthenticateMs = 30_000;

    private Will? will;
    private KeptWill? keptWill;
    private long keepAliveMs;

    public long WillDelayMs { get; private set; }

    public Will? Will => will;

    /// <summary>The host ends the connection, and with it, if asked, the session and the will.</summary>
    public void End(ReasonCode code, bool endSession, bool withoutWill)
    {
        if (withoutWill)
            will = null;
        if (endSession)
            Session?.Open(lifetimeMs: 0, will: null);
        Disconnect(code);
    }

    private async ValueTask Connect(ConnectPacket packet)
    {
        outbox.Level = packet.Level;
        ClientId = packet.ClientId.Length > 0 ? packet.ClientId : broker.NewClientId();
        if (CannotBegin(packet) is { } refused)
        {
            RefuseConnect(refused, silentV311: null);
            return;
        }

        phase = Phase.Authenticating;
        Volatile.Write(ref deadline, broker.Clock.Now + AuthenticateMs);
        var attempt = new ConnectAttempt { Packet = packet, ClientId = ClientId, Transport = Transport };
        var decision = await broker.Host.Authenticate(attempt, broker.Stopping).ConfigureAwait(false);
        if (!IsOpen)
            return;
        if (!decision.IsAccepted)
        {
            RefuseConnect(decision.Reason, decision.SilentV311);
            return;
        }

        if (!broker.ConnectRates.TryTake(decision.Domain, ClientId, broker.Clock.Now))
        {
            Interlocked.Increment(ref broker.Counters.Throttled);
            RefuseConnect(ReasonCode.QuotaExceeded, silentV311: null, DisconnectReason.Throttled);
            return;
        }

        State = decision.State;
        World = broker.Domain(decision.Domain);
        Limit(packet, decision.Limits);
        var lifetimeMs = SessionLifetimeMs(packet);
        if (packet.Will is { } asked && lifetimeMs > 0 && broker.Journal is not null && broker.Host.MayKeepWill(this, asked))
            keptWill = KeptWill.Of(asked);
        if (broker.Sessions.Open(this, packet.CleanStart, lifetimeMs, keptWill, out var present) is not { } session)
            return;

        lock (life)
        {
            if (!IsOpen)
                return;
            will = packet.Will;
            WillDelayMs = (packet.Will?.Properties?.WillDelaySeconds ?? 0) * 1000L;
            receivedAt = broker.Clock.Now;
            phase = Phase.Connected;
            Interlocked.Increment(ref broker.Counters.Connected);
        }

        transport.Settle();
        var window = Math.Min(packet.Properties?.ReceiveMaximum ?? ushort.MaxValue, broker.Profile.ReceiveMaximum);
        var answer = new ConnAckPacket(present, Code: 0) { Properties = ConnAckProperties(packet, lifetimeMs) };
        if (!session.Attach(this, window, first: () => Answer(answer)))
            return;
        if (!answered)
        {
            will = null;
            Interlocked.Increment(ref broker.Counters.ConnectionsRefused);
            End(DisconnectReason.ClientError, ReasonCode.Success);
            return;
        }

        lock (life)
        {
            if (!IsOpen)
                return;
            toldConnected = true;
            broker.Host.Connected(this);
        }
    }

    /// <summary>A client that takes less than what it must be told is refused: five bytes say so [MQTT-3.1.2-24].</summary>
    private void Answer(ConnAckPacket packet)
    {
        answered = outbox.TrySend(packet, WriteConnAck);
        if (!answered)
            outbox.TrySend(new ConnAckPacket(SessionPresent: false, (byte)ReasonCode.PacketTooLarge), WriteConnAck);
    }

    private static void WriteConnAck(PooledBuffer output, ProtocolLevel level, ConnAckPacket packet) =>
        PacketWriter.ConnAck(output, level, packet);

    /// <summary>What the profile alone refuses, before the host is asked.</summary>
    private ReasonCode? CannotBegin(ConnectPacket packet)
    {
        var profile = broker.Profile;
        if (packet.ClientId.Length == 0 && packet is { Level: ProtocolLevel.V311, CleanStart: false })
            return ReasonCode.ClientIdentifierNotValid; // [MQTT-3.1.3-8]
        if (Encoding.UTF8.GetByteCount(packet.ClientId) > profile.ClientIdBytesMax)
            return ReasonCode.ClientIdentifierNotValid;
        if (packet.ClientId.StartsWith('$') && !profile.ClientIdMayStartWithDollar)
            return ReasonCode.ClientIdentifierNotValid;
        if (packet.Properties?.AuthenticationMethod is not null)
            return ReasonCode.BadAuthenticationMethod; // [MQTT-4.12.0-1]
        if (packet.Will is not { } asked)
            return null;
        if (asked.QoS > profile.MaximumQos)
            return ReasonCode.QosNotSupported; // [MQTT-3.2.2-12]
        if (!IsTopicWithinLimits(asked.Topic))
            return ReasonCode.TopicNameInvalid;
        return asked.Payload.Length > profile.PayloadBytesMax ? ReasonCode.PacketTooLarge : null;
    }

    private void RefuseConnect(ReasonCode reason, bool? silentV311, DisconnectReason why = DisconnectReason.Forbidden)
    {
        if (Level == ProtocolLevel.V5)
            outbox.Send(new ConnAckPacket(SessionPresent: false, (byte)reason), WriteConnAck);
        else if (!(silentV311 ?? broker.Profile.SilentRefusalV311) && ConnAckPacket.ReturnCodeV311(reason) is { } code)
            outbox.Send(new ConnAckPacket(SessionPresent: false, code), WriteConnAck); // Without a code that fits: nothing [MQTT-3.2.2-6].
        Interlocked.Increment(ref broker.Counters.ConnectionsRefused);
        End(why, ReasonCode.Success);
    }

    private void Limit(ConnectPacket packet, ConnectionLimits? limits)
    {
        outbox.BytesMax = limits?.OutboxBytesMax ?? broker.Options.OutboxBytesMax;
        outbox.PacketBytesMax = packet.Properties?.MaximumPacketBytes ?? uint.MaxValue;
        outbox.AllowAliases(Math.Min(packet.Properties?.TopicAliasMaximum ?? 0, broker.Profile.TopicAliasMaximum));
        subscriptionsMax = limits?.SubscriptionsMax ?? broker.Profile.SubscriptionsPerConnectionMax;
        reader.Limits = reader.Limits with { PacketBytesMax = limits?.PacketBytesMax ?? broker.Profile.PacketBytesMax };
        keepAliveMs = KeepAliveSeconds(packet.KeepAliveSeconds) * 1000L;
    }

    private int KeepAliveSeconds(int asked)
    {
        var profile = broker.Profile;
        if (profile.KeepAliveSecondsMax == 0)
            return asked;
        return asked == 0 ? profile.KeepAliveSecondsMax : Math.Clamp(asked, profile.KeepAliveSecondsMin, profile.KeepAliveSecondsMax);
    }

    private long SessionLifetimeMs(ConnectPacket packet)
    {
        if (packet.Level == ProtocolLevel.V311)
            return packet.CleanStart ? 0 : (long)broker.Profile.SessionLifetimeV311.TotalMilliseconds;
        return Math.Min((packet.Properties?.SessionExpirySeconds ?? 0) * 1000L, (long)broker.Profile.SessionExpiryMax.TotalMilliseconds);
    }

    /// <summary>What level 5 is told about the limits it has met; only what differs from the standard's own defaults.</summary>
    private Properties? ConnAckProperties(ConnectPacket packet, long lifetimeMs)
    {
        if (packet.Level != ProtocolLevel.V5)
            return null;

        var profile = broker.Profile;
        var asked = packet.Properties?.SessionExpirySeconds ?? 0;
        var keepAlive = (int)(keepAliveMs / 1000);
        return new Properties
        {
            SessionExpirySeconds = asked * 1000L != lifetimeMs ? (uint)(lifetimeMs / 1000) : null,
            ReceiveMaximum = profile.ReceiveMaximum,
            MaximumQos = profile.MaximumQos < QoS.ExactlyOnce ? (byte)profile.MaximumQos : null,
            RetainAvailable = 1,
            MaximumPacketBytes = (uint)reader.Limits.PacketBytesMax,
            AssignedClientId = packet.ClientId.Length == 0 ? ClientId : null,
            TopicAliasMaximum = profile.TopicAliasMaximum,
            WildcardSubscriptionAvailable = 1,
            SubscriptionIdsAvailable = profile.SubscriptionIdentifiers ? (byte)1 : (byte)0,
            SharedSubscriptionAvailable = 1,
            ServerKeepAliveSeconds = keepAlive != packet.KeepAliveSeconds ? (ushort)keepAlive : null,
        };
    }
}
