using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt;

/// <summary>
/// One peer, from accept to its end: open the transport, read CONNECT, ask the host, attach the session, then packet after
/// packet in order. What each packet does is in Connection.Packets.cs, how it begins in Connection.Connect.cs.
/// </summary>
internal sealed partial class Connection : IConnection, Outbox.IOwner
{
    private const int ReadBytesFirst = 256;
    private const int ReadBytes = 4096;

    /// <summary>What a connection may have handled before others get the thread: one that never stops sending would keep it.</summary>
    private static readonly long TurnTicks = Stopwatch.Frequency / 4000;

    /// <summary>Quick packets in a row for which the clock is not looked at.</summary>
    private const int PacketsUnwatched = 4;

    private const int LingerMs = 2000;
    private const int TurnMs = 60_000;

    /// <summary>Keeps <see cref="IBrokerHost.Connected"/> and <see cref="IBrokerHost.Disconnected"/> in pairs and in order.</summary>
    private readonly Lock life = new();
    private readonly Broker broker;
    private readonly Transport transport;
    private readonly Outbox outbox;
    private readonly PacketReader reader;
    private Phase phase = Phase.Opening;
    private ConnectionRates rates;
    private long deadline;
    private long receivedAt;
    private bool busy;
    private int ended;
    private bool toldConnected;
    private volatile bool answered;

    public Connection(Broker broker, long id, Transport transport)
    {
        this.broker = broker;
        this.transport = transport;
        Id = id;
        World = broker.Domain("");
        reader = new PacketReader(PacketSource.Client, ProtocolLevel.None, new PacketLimits(
            broker.Profile.ConnectBytesMax, broker.Profile.UserPropertiesMax, broker.Profile.FiltersPerSubscribeMax + 1));
        outbox = new Outbox(transport, broker.Clock, broker.Counters, this)
        {
            BytesMax = broker.Options.OutboxBytesMax,
            MessagesMax = broker.Options.OutboxMessagesMax,
        };
        deadline = broker.Clock.Now + (long)broker.Options.ConnectTimeout.TotalMilliseconds;
        rates = new ConnectionRates(broker.Options.Rates, broker.Clock.Now);
    }

    private enum Phase
    {
        Opening,
        Handshake,
        Connecting,
        Authenticating,
        Connected,
    }

    public long Id { get; }

    public string ClientId { get; private set; } = "";

    /// <summary>Set when the host has accepted.</summary>
    public Domain World { get; private set; }

    string IConnection.Domain => World.Name;

    public ProtocolLevel Level => reader.Level;

    public TransportInfo Transport => transport.Info;

    public object? State { get; set; }

    public bool IsOpen => Volatile.Read(ref ended) == 0;

    /// <summary>Set under the lock of <see cref="Sessions"/>.</summary>
    public Session? Session { get; set; }

    /// <summary>Nothing that has arrived is being handled and nothing is being written.</summary>
    public bool IsIdle => !Volatile.Read(ref busy) && outbox.IsIdle;

    /// <summary>A write has begun and has not ended.</summary>
    public bool IsWriting => outbox.IsWriting;

    /// <summary>Completes when the connection is over in every respect.</summary>
    public Task Gone { get; private set; } = Task.CompletedTask;

    public void Start() => Gone = Run();

    /// <summary>The whole life. Never throws.</summary>
    private async Task Run()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var reason = DisconnectReason.ConnectionLost;
        try
        {
            await transport.Open(
                waits: () => Volatile.Write(ref deadline, broker.Clock.Now + TurnMs),
                begins: () => Enter(Phase.Handshake)).ConfigureAwait(false);
            if (transport.Info.IsTls)
                Interlocked.Increment(ref broker.Counters.HandshakesDone);
            Enter(Phase.Connecting);
            await ReadPackets().ConfigureAwait(false);
        }
        catch (Exception error) when (IsPeersFault(error))
        {
            if (phase < Phase.Connecting)
                Interlocked.Increment(ref broker.Counters.HandshakesFailed);
        }
        catch (Exception error)
        {
            reason = DisconnectReason.ServerError;
            broker.Host.Faulted(this, error);
        }

        End(reason, ReasonCode.UnspecifiedError, abort: true);
        transport.Dispose();
        broker.Forget(this);
    }

    /// <summary>
    /// Waits without a buffer, reads into one that grows only with bytes that have come, and handles what is whole. Ends when
    /// the peer has ended.
    /// </summary>
    private async Task ReadPackets()
    {
        byte[] buffer = [];
        var count = 0;
        var turn = Stopwatch.GetTimestamp();
        var handledInTurn = 0;
        try
        {
            while (true)
            {
                if (count == 0)
                {
                    GiveBack(ref buffer);
                    var arrival = transport.Read(Memory<byte>.Empty);
                    var idle = !arrival.IsCompleted;
                    await arrival.ConfigureAwait(false);
                    if (idle)
                        turn = Stopwatch.GetTimestamp();
                }

                MakeRoom(ref buffer, count);
                var read = await transport.Read(buffer.AsMemory(count)).ConfigureAwait(false);
                if (read == 0)
                    return;

                Interlocked.Add(ref broker.Counters.BytesIn, read);
                if (rates.OwedForBytes(read, broker.Clock.Now) is > 0 and var owed)
                    await Task.Delay(TimeSpan.FromMilliseconds(owed), broker.Clock.Time, broker.Stopping).ConfigureAwait(false);
                if (!IsOpen)
                {
                    count = 0; // Lingering: the peer has been told; what it still says is not heard.
                    continue;
                }

                count += read;
                var used = 0;
                Volatile.Write(ref busy, true); // From here to the end of the batch a silence is ours, not the peer's.
                outbox.Hold();
                while (IsOpen && reader.Read(buffer.AsMemory(used, count - used), out var packet, out var consumed, out var refusal)
                    is var status && status != ReadStatus.NeedMore)
                {
                    if (status == ReadStatus.Refused)
                    {
                        Refuse(refusal);
                        break;
                    }

                    used += consumed;
                    var handled = Handle(packet);
                    if (handled.IsCompletedSuccessfully && (++handledInTurn % PacketsUnwatched > 0 || Stopwatch.GetTimestamp() - turn < TurnTicks))
                        continue;

                    outbox.Release();
                    await handled.ConfigureAwait(false);
                    if (Stopwatch.GetTimestamp() - turn >= TurnTicks)
                    {
                        await Task.Yield(); // Behind all who wait for a thread; what is awaited comes back before them.
                        turn = Stopwatch.GetTimestamp();
                    }

                    Volatile.Write(ref receivedAt, broker.Clock.Now);
                    outbox.Hold();
                }

                outbox.Release();
                Volatile.Write(ref busy, false);
                count -= used;
                buffer.AsSpan(used, count).CopyTo(buffer);
            }
        }
        finally
        {
            GiveBack(ref buffer);
        }
    }

    private ValueTask Handle(in Packet packet)
    {
        receivedAt = broker.Clock.Now;
        Interlocked.Increment(ref broker.Counters.PacketsIn);
        if (packet.Type is PacketType.PubRec or PacketType.PubRel or PacketType.PubComp && broker.Profile.MaximumQos < QoS.ExactlyOnce)
        {
            Refuse(ReasonCode.ProtocolError);
            return default;
        }

        switch (packet.Type)
        {
            case PacketType.Connect: return Connect(packet.Connect);
            case PacketType.Publish: return Publish(packet.Publish);
            case PacketType.PubAck: Session?.Acknowledge(this, packet.Ack.PacketId); break;
            case PacketType.PubRec: return PubRec(packet.Ack);
            case PacketType.PubRel: return PubRel(packet.Ack);
            case PacketType.PubComp: Session?.Complete(this, packet.Ack.PacketId); break;
            case PacketType.Subscribe: return Subscribe(packet.Subscribe);
            case PacketType.Unsubscribe: return Unsubscribe(packet.Unsubscribe);
            case PacketType.PingReq: outbox.Send(0, static (output, _, _) => PacketWriter.PingResp(output)); break;
            case PacketType.Disconnect: ClientDisconnect(packet.Disconnect); break;
            default: Refuse(ReasonCode.ProtocolError); break; // AUTH, which nobody has begun.
        }

        return default;
    }

    /// <summary>A packet that cannot be: level 5 is told why, if its CONNECT has been answered; both are closed.</summary>
    private void Refuse(ReasonCode code)
    {
        if (phase == Phase.Connecting && code == ReasonCode.UnsupportedProtocolVersion)
        {
            // [MQTT-3.1.2-2]
            outbox.Send(0, static (output, _, _) =>
                PacketWriter.ConnAck(output, ProtocolLevel.V311, new ConnAckPacket(SessionPresent: false, Code: 1)));
        }

        else if (phase == Phase.Connecting && reader.ClaimedLevel == ProtocolLevel.V5)
        {
            // A CONNECT of level 5 that cannot be is told so; level 4 has no code for it and closes in silence [MQTT-3.1.4-1].
            outbox.Level = ProtocolLevel.V5;
            outbox.Send(new ConnAckPacket(SessionPresent: false, (byte)code), WriteConnAck);
        }

        End(DisconnectReason.ClientError, code);
    }

    /// <summary>
    /// Ends the connection once, for the first reason given. Level 5 is told <paramref name="code"/> unless it is success. What
    /// waits is still written and the peer gets a moment to take it, unless <paramref name="abort"/>.
    /// </summary>
    public void End(DisconnectReason reason, ReasonCode code, bool abort = false)
    {
        if (Interlocked.CompareExchange(ref ended, 1, 0) == 0)
        {
            deadline = broker.Clock.Now + LingerMs;

            // Not before CONNACK [MQTT-3.14.0-1], and the last that is sent [MQTT-3.14.4-1].
            if (!abort && code >= ReasonCode.UnspecifiedError && answered && Level == ProtocolLevel.V5)
                outbox.SendLast(new DisconnectPacket(code), static (output, level, packet) => PacketWriter.Disconnect(output, level, packet));
            else if (!abort)
                outbox.Complete();

            TellAllOfEnd(reason);
        }

        if (abort)
        {
            outbox.Kill();
            transport.Abort();
        }
    }

    private void TellAllOfEnd(DisconnectReason reason)
    {
        try
        {
            broker.Sessions.Close(this, publishWill: phase == Phase.Connected && will is not null);
            lock (life)
            {
                if (phase == Phase.Connected)
                    Interlocked.Decrement(ref broker.Counters.Connected);
                if (toldConnected)
                    broker.Host.Disconnected(this, reason);
            }
        }
        catch (Exception error)
        {
            // Whoever ends a connection, perhaps another one's successor, is not to suffer for it.
            broker.Host.Faulted(this, error);
        }
    }

    /// <summary>Looks at the time: called for every connection by the broker's one timer.</summary>
    public void Sweep(long now)
    {
        if (!IsOpen || phase < Phase.Connected)
        {
            if (now >= Volatile.Read(ref deadline))
                End(DisconnectReason.ConnectionLost, ReasonCode.Success, abort: true);
        }
        else if (keepAliveMs > 0 && !Volatile.Read(ref busy) && now - Volatile.Read(ref receivedAt) > keepAliveMs + (keepAliveMs / 2))
        {
            End(DisconnectReason.KeepAliveTimeout, ReasonCode.KeepAliveTimeout); // [MQTT-3.1.2-24]
        }
        else if (Session is { IsPaced: true } session)
        {
            session.Resume(this);
        }
        else if (outbox.StalledFor(now) > (long)broker.Options.WriteStallTimeout.TotalMilliseconds)
        {
            End(DisconnectReason.SlowReader, ReasonCode.Success, abort: true);
        }
    }

    private void Enter(Phase next)
    {
        Volatile.Write(ref deadline, broker.Clock.Now + (long)broker.Options.ConnectTimeout.TotalMilliseconds);
        phase = next;
    }

    private void MakeRoom(ref byte[] buffer, int count)
    {
        if (count < buffer.Length)
            return;

        // Nobody gets a page before he has said who he is.
        var size = count == 0 ? (phase == Phase.Connected ? ReadBytes : ReadBytesFirst) : buffer.Length * 2;
        var bigger = ArrayPool<byte>.Shared.Rent(size);
        buffer.AsSpan(0, count).CopyTo(bigger);
        GiveBack(ref buffer);
        buffer = bigger;
    }

    private static void GiveBack(ref byte[] buffer)
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private static bool IsPeersFault(Exception error) => error is IOException or SocketException or ObjectDisposedException
        or AuthenticationException or OperationCanceledException;

    void Outbox.IOwner.HasRoom() => Session?.Resume(this);

    void Outbox.IOwner.WriteEnded()
    {
    }

    /// <summary>A session may hold its lock here, and the end of a connection takes others: not on this thread.</summary>
    void Outbox.IOwner.Overflowed() => ThreadPool.UnsafeQueueUserWorkItem(
        static connection => connection.End(DisconnectReason.SlowReader, ReasonCode.Success, abort: true), this, preferLocal: false);

    void Outbox.IOwner.Oversized() => ThreadPool.UnsafeQueueUserWorkItem(
        static connection => connection.End(DisconnectReason.ClientError, ReasonCode.PacketTooLarge), this, preferLocal: false);

    void Outbox.IOwner.WriteFailed(Exception error)
    {
        if (!IsPeersFault(error) && IsOpen)
            broker.Host.Faulted(this, error);
        End(DisconnectReason.ConnectionLost, ReasonCode.Success, abort: true);
    }
}
