using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt;

/// <summary>
/// The way out of one connection: bounded in bytes and messages, one writer at a time, which takes all that waits and writes
/// it together. While the connection's own reader works (<see cref="Hold"/>) nothing is written, so that the answers to one
/// read leave together; anybody else's message starts the writer on the pool.
/// </summary>
internal sealed class Outbox(Transport transport, BrokerClock clock, Counters counters, Outbox.IOwner owner) : IThreadPoolWorkItem
{
    /// <summary>Control packets may exceed the bounds by this much: a peer that does not read its acknowledgements is closed.</summary>
    private const int ControlBytesMax = 64 * 1024;

    private readonly Lock gate = new();
    private OutBatch? filling;
    private OutboundAliases? aliases;
    private TaskCompletionSource? drained;
    private int bytes;
    private int messages;
    private bool held;
    private bool writing;
    private bool completed;
    private bool dead;
    private bool tellRoom;
    private long progressAt;

    public int BytesMax { get; set; }

    /// <summary>Messages that no write has taken yet.</summary>
    public int MessagesMax { get; set; }

    /// <summary>What the client takes at most in one packet [MQTT-3.1.2-24].</summary>
    public uint PacketBytesMax { get; set; } = uint.MaxValue;

    public ProtocolLevel Level { get; set; } = ProtocolLevel.V311;

    public void AllowAliases(ushort max) => aliases = max > 0 ? new OutboundAliases(max) : null;

    /// <summary>For how long the peer has taken nothing of what waits for it; zero if nothing waits.</summary>
    public long StalledFor(long now)
    {
        lock (gate)
            return writing ? now - progressAt : 0;
    }

    /// <summary>Nothing waits and nobody writes.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
                return !writing && filling is null;
        }
    }

    /// <summary>A write has taken what waited and has not ended.</summary>
    public bool IsWriting
    {
        get
        {
            lock (gate)
                return writing && filling is null;
        }
    }

    /// <summary>Queues a PUBLISH if there is room for it. Prefix and suffix are copied, the body is kept by reference.</summary>
    public SendResult TryPublish(
        ReadOnlySpan<byte> topicUtf8,
        PublishPacket head,
        ReadOnlySpan<byte> prefix,
        ReadOnlyMemory<byte> body,
        ReadOnlySpan<byte> suffix,
        IDisposable? lease)
    {
        var payloadBytes = prefix.Length + body.Length + suffix.Length;
        bool start;
        lock (gate)
        {
            if (dead || completed)
                return SendResult.Closed;
            if (!IsDrained && (bytes + payloadBytes + topicUtf8.Length > BytesMax || messages >= MessagesMax))
                return SendResult.Full;

            var batch = filling ??= OutBatch.Rent();
            var before = batch.Bytes.Count;
            if (aliases is not null)
                topicUtf8 = aliases.Use(topicUtf8, ref head);
            PacketWriter.PublishHead(batch.Bytes, Level, topicUtf8, head, payloadBytes);
            var headBytes = batch.Bytes.Count - before;
            if ((uint)(headBytes + payloadBytes) > PacketBytesMax)
            {
                TakeBack(batch, before);
                aliases?.Forget(head);
                return SendResult.TooLarge;
            }

            batch.Bytes.PutBytes(prefix);
            if (!body.IsEmpty)
                batch.AddBody(body, lease);
            batch.Bytes.PutBytes(suffix);
            start = Added(headBytes + payloadBytes);
        }

        if (body.IsEmpty)
            lease?.Dispose();
        Interlocked.Increment(ref counters.PublishesOut);
        if (start)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        return SendResult.Queued;
    }

    /// <summary>Queues a control packet. One that is larger than the client takes is not sent, and its owner is told [MQTT-3.1.2-24].</summary>
    public void Send<T>(T packet, Action<PooledBuffer, ProtocolLevel, T> write)
    {
        if (!TrySend(packet, write))
            owner.Oversized();
    }

    /// <summary>As above; false if it is larger than the client takes.</summary>
    public bool TrySend<T>(T packet, Action<PooledBuffer, ProtocolLevel, T> write)
    {
        bool start, overflow;
        lock (gate)
        {
            if (dead || completed)
                return true;
            if (!TryAdd(packet, write))
                return false;
            start = MayStart();
            overflow = bytes > BytesMax + ControlBytesMax;
        }

        if (overflow)
            owner.Overflowed();
        else if (start)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        return true;
    }

    /// <summary>The last packet, if it fits: nobody's comes behind it [MQTT-3.14.4-1].</summary>
    public void SendLast<T>(T packet, Action<PooledBuffer, ProtocolLevel, T> write)
    {
        lock (gate)
        {
            if (dead || completed)
                return;
            TryAdd(packet, write);
            if (!CompleteAndStart())
                return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>The connection's reader begins: what it causes is collected.</summary>
    public void Hold()
    {
        lock (gate)
            held = true;
    }

    /// <summary>The reader pauses: what it caused is written, on its own thread as far as the socket takes it.</summary>
    public void Release()
    {
        lock (gate)
        {
            held = false;
            if (!MayStart())
                return;
        }

        _ = WriteAll();
    }

    /// <summary>Completes when at most half of the outbox is taken.</summary>
    public Task WhenDrained()
    {
        lock (gate)
        {
            if (dead || IsDrained)
                return Task.CompletedTask;
            return (drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>The owner is told once (<see cref="IOwner.HasRoom"/>) when at most half of the outbox is taken.</summary>
    public void TellWhenDrained()
    {
        lock (gate)
            tellRoom = true;
    }

    /// <summary>Nothing more is taken; what waits is written and then the peer is told that it was all.</summary>
    public void Complete()
    {
        lock (gate)
        {
            if (completed || dead || !CompleteAndStart())
                return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Drops what waits and gives its memory back.</summary>
    public void Kill()
    {
        OutBatch? batch;
        lock (gate)
        {
            dead = true;
            batch = filling;
            filling = null;
            bytes = 0;
        }

        batch?.Return();
        TellOfRoom();
    }

    void IThreadPoolWorkItem.Execute() => _ = WriteAll();

    /// <summary>The writer's own count, after each write.</summary>
    public void Wrote(int count)
    {
        Interlocked.Add(ref counters.BytesOut, count);
        lock (gate)
        {
            progressAt = clock.Now;
            bytes = Math.Max(0, bytes - count);
        }

        TellOfRoom();
    }

    /// <summary>Whoever is told that there is room is then never refused for want of it, whatever the size.</summary>
    private bool IsDrained => bytes <= BytesMax / 2 && messages <= MessagesMax / 2;

    private void TellOfRoom()
    {
        TaskCompletionSource? waiter;
        bool tell;
        lock (gate)
        {
            if (!dead && !IsDrained)
                return;
            (waiter, drained) = (drained, null);
            (tell, tellRoom) = (tellRoom && !dead, false);
        }

        waiter?.TrySetResult();
        if (tell)
            owner.HasRoom();
    }

    /// <summary>False if the packet was larger than the client takes.</summary>
    private bool TryAdd<T>(T packet, Action<PooledBuffer, ProtocolLevel, T> write)
    {
        var batch = filling ??= OutBatch.Rent();
        var before = batch.Bytes.Count;
        write(batch.Bytes, Level, packet);
        var count = batch.Bytes.Count - before;
        if ((uint)count > PacketBytesMax)
        {
            TakeBack(batch, before);
            return false;
        }

        Add(count);
        return true;
    }

    /// <summary>What was encoded last is not sent after all.</summary>
    private void TakeBack(OutBatch batch, int before)
    {
        batch.Bytes.Truncate(before);
        if (!batch.IsEmpty)
            return;
        filling = null;
        batch.Return();
    }

    private bool Added(int count)
    {
        Add(count);
        return MayStart();
    }

    private void Add(int count)
    {
        Interlocked.Increment(ref counters.PacketsOut);
        bytes += count;
        messages++;
    }

    /// <summary>Nothing more is taken; true if the writer is to be started.</summary>
    private bool CompleteAndStart()
    {
        completed = true;
        held = false;
        if (writing)
            return false;
        writing = true;
        progressAt = clock.Now;
        return true;
    }

    private bool MayStart()
    {
        if (writing || held || dead || filling is null)
            return false;
        writing = true;
        progressAt = clock.Now;
        return true;
    }

    private async Task WriteAll()
    {
        OutBatch? batch = null;
        try
        {
            while (true)
            {
                lock (gate)
                {
                    // What the writer has taken waits no longer: how long the socket takes is counted in bytes.
                    (batch, filling) = (filling, null);
                    messages = 0;
                    if (batch is null && !completed)
                    {
                        writing = false;
                        return;
                    }
                }

                if (batch is null)
                {
                    await transport.EndWrite().ConfigureAwait(false);
                    owner.WriteEnded();
                    return;
                }

                await batch.Write(transport, this).ConfigureAwait(false);
                batch.Return();
                batch = null;
                TellOfRoom();
            }
        }
        catch (Exception error)
        {
            batch?.Return();
            owner.WriteFailed(error);
        }
    }

    /// <summary>Whose outbox it is. Called without the outbox's lock.</summary>
    internal interface IOwner
    {
        void HasRoom();

        /// <summary>All is written and the peer has been told; the connection may still be read to its end.</summary>
        void WriteEnded();

        void WriteFailed(Exception error);

        /// <summary>Control packets pile up: the peer sends and does not read.</summary>
        void Overflowed();

        /// <summary>An answer is larger than the peer takes, so that it cannot be given. A session's lock may be held.</summary>
        void Oversized();
    }
}
