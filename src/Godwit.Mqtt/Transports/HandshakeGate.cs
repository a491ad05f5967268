namespace Godwit.Mqtt.Transports;

/// <summary>
/// Lets a few handshakes compute at a time. A handshake leaves while it waits for its peer, so silent peers hold no place;
/// one that comes back goes before those that have not begun, or a crowd of new ones would let all begun ones time out.
/// </summary>
internal sealed class HandshakeGate(int places)
{
    private readonly Lock gate = new();
    private readonly Queue<TaskCompletionSource> begun = new();
    private readonly Queue<TaskCompletionSource> fresh = new();
    private int free = places;

    public ValueTask Enter(bool again)
    {
        lock (gate)
        {
            if (free > 0)
            {
                free--;
                return default;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (again ? begun : fresh).Enqueue(turn);
            return new ValueTask(turn.Task);
        }
    }

    public void Leave()
    {
        TaskCompletionSource? next;
        lock (gate)
        {
            if (!begun.TryDequeue(out next) && !fresh.TryDequeue(out next))
                free++;
        }

        next?.SetResult();
    }
}
