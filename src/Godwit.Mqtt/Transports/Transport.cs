namespace Godwit.Mqtt.Transports;

/// <summary>Bytes to and from one peer. One reader and one writer at a time.</summary>
internal abstract class Transport
{
    public abstract TransportInfo Info { get; }

    /// <summary>Pieces of at least this size are worth a write of their own, uncopied.</summary>
    public virtual int DirectWriteBytesMin => int.MaxValue;

    /// <summary>
    /// Makes the connection ready for MQTT. A peer that has said something may have to wait for its turn, which is not its own
    /// delay: <paramref name="waits"/> is called when that begins, <paramref name="begins"/> when it is over.
    /// </summary>
    public virtual ValueTask Open(Action waits, Action begins) => default;

    /// <summary>The peer has been let in: it is no stranger any more.</summary>
    public virtual void Settle()
    {
    }

    /// <summary>An empty buffer waits until there is something to read; 0 for a full one means that the peer has ended.</summary>
    public abstract ValueTask<int> Read(Memory<byte> buffer);

    /// <summary>Writes all.</summary>
    public abstract ValueTask Write(ReadOnlyMemory<byte> bytes);

    /// <summary>Tells the peer that nothing more comes; reading goes on.</summary>
    public abstract ValueTask EndWrite();

    /// <summary>Ends at once whatever goes on. May be called on any thread, more than once.</summary>
    public abstract void Abort();

    /// <summary>Frees what is left once nobody reads any more.</summary>
    public virtual void Dispose()
    {
    }
}
