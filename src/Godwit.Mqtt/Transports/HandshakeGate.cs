using System.Net;

namespace Godwit.Mqtt.Transports;

/// <summary>
/// Lets a few handshakes compute at a time, and bounds how many peers have something built for them before anybody knows who they are. A handshake leaves while it
/// waits for its peer, so silent peers hold no place; one that comes back goes before those that have not begun, or a crowd of new ones would let all begun ones time
/// out. Those that have not begun take turns by address, so that a crowd from a few addresses delays nobody else by more than its share.
/// </summary>
/// <param name="places">Handshakes that compute at the same time.</param>
/// <param name="rooms">Peers between their hello and the answer to their CONNECT.</param>
internal sealed class HandshakeGate(int places, int rooms)
{
    private readonly Lock gate = new();
    private readonly Queue<TaskCompletionSource> begun = new();
    private readonly Dictionary<UInt128, Queue<TaskCompletionSource>> fresh = [];
    private readonly Queue<UInt128> turns = new();
    private int strangers;
    private int waiting;

    /// <summary>Rooms that are taken.</summary>
    public int Strangers => Volatile.Read(ref strangers);

    /// <summary>Peers that have said hello and wait for a room or a place.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>For a peer that has said hello: waits for a room and a place. A room is kept until <see cref="Settle"/>.</summary>
    public ValueTask Begin(IPAddress? from)
    {
        lock (gate)
        {
            if (places > 0 && strangers < rooms)
            {
                places--;
                strangers++;
                return default;
            }

            var turn = NewTurn();
            var crowd = CrowdOf(from);
            if (!fresh.TryGetValue(crowd, out var line))
            {
                fresh.Add(crowd, line = new Queue<TaskCompletionSource>());
                turns.Enqueue(crowd);
            }

            line.Enqueue(turn);
            waiting++;
            return new ValueTask(turn.Task);
        }
    }

    /// <summary>For one that has left to wait for its peer.</summary>
    public ValueTask ComeBack()
    {
        lock (gate)
        {
            if (places > 0)
            {
                places--;
                return default;
            }

            var turn = NewTurn();
            begun.Enqueue(turn);
            return new ValueTask(turn.Task);
        }
    }

    /// <summary>Gives the place up.</summary>
    public void Leave()
    {
        lock (gate)
        {
            places++;
            LetIn();
        }
    }

    /// <summary>Gives the room up: the peer is known, or gone.</summary>
    public void Settle()
    {
        lock (gate)
        {
            strangers--;
            LetIn();
        }
    }

    private void LetIn()
    {
        while (places > 0 && begun.TryDequeue(out var back))
        {
            places--;
            back.SetResult();
        }

        while (places > 0 && strangers < rooms && turns.TryDequeue(out var crowd))
        {
            var line = fresh[crowd];
            places--;
            strangers++;
            waiting--;
            line.Dequeue().SetResult();
            if (line.Count > 0)
                turns.Enqueue(crowd);
            else
                fresh.Remove(crowd);
        }
    }

    private static TaskCompletionSource NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>An IPv4 address, or the network of an IPv6 address, whose lower half its owner chooses.</summary>
    private static UInt128 CrowdOf(IPAddress? from)
    {
        if (from is null)
            return 0;
        Span<byte> bytes = stackalloc byte[16];
        from.MapToIPv6().TryWriteBytes(bytes, out _);
        if (!from.IsIPv4MappedToIPv6 && from.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
            bytes[8..].Clear();
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
