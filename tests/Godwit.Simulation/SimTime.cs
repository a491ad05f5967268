namespace Godwit.Simulation;

/// <summary>What is to happen and when, and the only clock there is. Equal times keep the order in which they were asked for.</summary>
internal sealed class Agenda
{
    /// <summary>1 800 000 000 seconds of the epoch.</summary>
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private long _order;

    /// <summary>Time that has truly passed, in ticks of 100 ns.</summary>
    public long Now { get; private set; }

    /// <summary>By how much the server's wall clock is wrong.</summary>
    public TimeSpan Skew { get; set; }

    public DateTimeOffset WallClock => Start.AddTicks(Now) + Skew;

    public void In(TimeSpan delay, Action action) => _events.Enqueue(action, (Now + Math.Max(0, delay.Ticks), _order++));

    /// <summary>Moves time to the next event and takes it.</summary>
    public Action? Take()
    {
        if (!_events.TryDequeue(out var action, out var priority))
            return null;
        Now = Math.Max(Now, priority.At);
        return action;
    }
}

/// <summary>The server's clocks: a wall clock that may jump, and a monotonic one. A dead server's timers never fire.</summary>
internal sealed class SimTime(Agenda agenda, SimLoop loop) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => agenda.WallClock;

    public override long GetTimestamp() => agenda.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SimTime time, TimerCallback callback, object? state) : ITimer
    {
        private readonly (Agenda Agenda, SimLoop Loop) _at = time.Place;
        private long _round;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Arm(++_round, dueTime, period);
            return true;
        }

        public void Dispose() => _round++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Arm(long round, TimeSpan due, TimeSpan period)
        {
            if (due == Timeout.InfiniteTimeSpan)
                return;
            _at.Agenda.In(due, () => _at.Loop.Post(_ => Fire(round, period), null));
        }

        private void Fire(long round, TimeSpan period)
        {
            if (round != _round)
                return;
            if (period > TimeSpan.Zero)
                Arm(round, period, period);
            callback(state);
        }
    }

    private (Agenda, SimLoop) Place => (agenda, loop);
}
