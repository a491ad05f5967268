namespace Godwit.Simulation;

/// <summary>
/// All that a server wants to go on with: one thread runs it, one piece at a time, in an order that the seed chooses as a thread pool might.
/// </summary>
internal sealed class SimLoop(World world) : SynchronizationContext
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<(SendOrPostCallback Callback, object? State)> _ready = [];
    private bool _dead;

    public int Ready => _ready.Count;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            world.Fail("determinism", "the server went on by another thread");
        else if (!_dead)
            _ready.Add((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing in a simulation waits for another thread.");

    public override SynchronizationContext CreateCopy() => this;

    public void Run(int place)
    {
        var (callback, state) = _ready[place];
        _ready.RemoveAt(place);
        Within(() => callback(state));
    }

    public void Within(Action action)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            action();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>The process is gone, and with it all that it meant to do.</summary>
    public void Kill()
    {
        _dead = true;
        _ready.Clear();
    }
}
