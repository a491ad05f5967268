using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Godwit.Mqtt.Transports;

/// <summary>
/// Computes handshakes on a few threads of its own, which the system lets run behind those that serve whoever is in already; in the order of a
/// <see cref="HandshakeQueue{T}"/>. A handshake that waits for its peer is on no thread, so silent peers hold none.
/// </summary>
/// <param name="threads">Handshakes that compute at the same time.</param>
/// <param name="rooms">Peers between their hello and the answer to their CONNECT.</param>
internal sealed class HandshakeGate(int threads, int rooms) : IDisposable
{
    /// <summary>A third of a core's time where others want all of it, all of it where nobody does.</summary>
    private const int Niceness = 5;

    private readonly object gate = new();
    private readonly HandshakeQueue<Action> queue = new(rooms);
    private bool running;
    private bool disposed;

    /// <summary>Rooms that are taken.</summary>
    public int Strangers => Look(static queue => queue.Strangers);

    /// <summary>Peers that have said hello and wait for a room or a thread.</summary>
    public int Waiting => Look(static queue => queue.Waiting);

    /// <summary>
    /// For a peer that has said hello: waits for a room, which is kept until <see cref="Settle"/>, and goes on upon a thread of the gate until something is waited for.
    /// </summary>
    public Turn Begin(IPAddress? from) => new(this, from, Again: false);

    /// <summary>For one that has waited for its peer: back to a thread of the gate.</summary>
    public Turn ComeBack() => new(this, From: null, Again: true);

    /// <summary>Gives the room up: the peer is known, or gone.</summary>
    public void Settle()
    {
        lock (gate)
        {
            queue.Settle();
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Once all connections have ended.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            Monitor.PulseAll(gate);
        }
    }

    private int Look(Func<HandshakeQueue<Action>, int> at)
    {
        lock (gate)
            return at(queue);
    }

    private void Add(in Turn turn, Action continuation)
    {
        lock (gate)
        {
            if (turn.Again)
                queue.AddAgain(continuation);
            else
                queue.Add(turn.From, continuation);
            Start();
            Monitor.Pulse(gate);
        }
    }

    private void Start()
    {
        if (running)
            return;
        running = true;
        for (var i = 0; i < threads; i++)
            new Thread(Run) { IsBackground = true, Name = "godwit handshakes" }.Start();
    }

    private void Run()
    {
        if (OperatingSystem.IsLinux())
            _ = setpriority(0, 0, Niceness); // Of this thread alone; that it may not matter.
        while (Next() is { } turn)
            turn();
    }

    private Action? Next()
    {
        lock (gate)
        {
            while (!disposed)
            {
                if (queue.TryTake(out var turn))
                    return turn;
                Monitor.Wait(gate);
            }
        }

        return null;
    }

    /// <summary>Awaited, it goes on upon a thread of the gate, always: a task would go on where it was asked for, if it had been completed before.</summary>
    public readonly record struct Turn(HandshakeGate Gate, IPAddress? From, bool Again) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public Turn GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => Gate.Add(this, continuation);

        public void UnsafeOnCompleted(Action continuation) => Gate.Add(this, continuation);
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setpriority(int which, int who, int niceness);
}
