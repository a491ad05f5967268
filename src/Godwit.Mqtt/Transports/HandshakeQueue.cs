using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Mqtt.Transports;

/// <summary>
/// Whose handshake goes on next. One that comes back from waiting for its peer goes before those that have not begun, or a crowd of new ones would let all begun ones
/// time out. Those that have not begun take turns by address, so that a crowd from a few addresses delays nobody else by more than its share; and they wait while as many
/// as <paramref name="rooms"/> are between their hello and the answer to their CONNECT. Not for several threads at once.
/// </summary>
internal sealed class HandshakeQueue<T>(int rooms)
{
    private readonly Queue<T> begun = new();
    private readonly Dictionary<UInt128, Queue<T>> fresh = [];
    private readonly Queue<UInt128> turns = new();

    /// <summary>Peers that have begun and have not settled.</summary>
    public int Strangers { get; private set; }

    /// <summary>Peers that have said hello and have not begun.</summary>
    public int Waiting { get; private set; }

    public void Add(IPAddress? from, T handshake)
    {
        var crowd = CrowdOf(from);
        if (!fresh.TryGetValue(crowd, out var line))
        {
            fresh.Add(crowd, line = new Queue<T>());
            turns.Enqueue(crowd);
        }

        line.Enqueue(handshake);
        Waiting++;
    }

    public void AddAgain(T handshake) => begun.Enqueue(handshake);

    /// <summary>One that has begun is known, or gone.</summary>
    public void Settle() => Strangers--;

    public bool TryTake(out T handshake)
    {
        if (begun.TryDequeue(out handshake!))
            return true;
        if (Strangers >= rooms || !turns.TryDequeue(out var crowd))
            return false;

        var line = fresh[crowd];
        handshake = line.Dequeue();
        Strangers++;
        Waiting--;
        if (line.Count > 0)
            turns.Enqueue(crowd);
        else
            fresh.Remove(crowd);
        return true;
    }

    /// <summary>An IPv4 address, or the network of an IPv6 address, whose lower half its owner chooses.</summary>
    private static UInt128 CrowdOf(IPAddress? from)
    {
        if (from is null)
            return 0;
        Span<byte> bytes = stackalloc byte[16];
        from.MapToIPv6().TryWriteBytes(bytes, out _);
        if (!from.IsIPv4MappedToIPv6 && from.AddressFamily == AddressFamily.InterNetworkV6)
            bytes[8..].Clear();
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
