using System.Collections.Immutable;

namespace Godwit.Core.Jobs;

/// <summary>
/// How many executions may start now. AWS: Jobs > Rollout rates says how many a minute and leaves the time inside the minute open; here starts are spaced
/// evenly, so that half a minute of a bad update hurts half a minute's worth of devices: no second holds more than rate/60 + 1 starts, and
/// no 60 seconds, wherever they begin, more than the rate in force. (A whole minute's allowance at once could put two minutes' worth into one second.)
/// </summary>
/// <param name="Start">Executions to start now; none if zero.</param>
/// <param name="State">To be kept in the transaction that starts them.</param>
/// <param name="Wait">When to ask again; null if nothing is left to start.</param>
public readonly record struct RolloutPace(int Start, PaceState State, TimeSpan? Wait)
{
    private const long Second = TimeSpan.TicksPerSecond;
    private const long Minute = TimeSpan.TicksPerMinute;

    /// <summary>
    /// A function of what is kept and of the time that has passed for certain, so a clock that is set, a sleep or a restart can delay a start but never hasten one.
    /// </summary>
    /// <param name="elapsed">
    /// Monotonic time since the state was computed, zero for a state just read back after a restart or from another node. Time that passed unseen
    /// earns nothing; the spacing simply goes on.
    /// </param>
    /// <param name="perMinute">The rate in force: see <see cref="RolloutRate.PerMinute"/>.</param>
    /// <param name="available">Things that have no execution yet.</param>
    public static RolloutPace Next(PaceState state, TimeSpan elapsed, int perMinute, long available)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perMinute, 1);
        var clock = state.Clock + Math.Max(0, elapsed.Ticks);
        var spacing = (Minute + perMinute - 1) / perMinute;
        // At most a second's worth is caught up; a raised rate is not held back by the old spacing.
        var due = Math.Clamp(state.Due, clock - Second, clock + spacing);
        var recent = Within(state.Batches, clock - Minute);
        var start = (recent.Length > 0 && clock - recent[^1].At < Second) || due > clock
            ? 0
            : (int)Math.Max(0, Math.Min(Math.Min(((clock - due) / spacing) + 1, perMinute - Sum(recent)), available));
        var next = start > 0 ? new PaceState(clock, due + (start * spacing), [.. recent, new PaceBatch(clock, start)])
            : clock == state.Clock && due == state.Due ? state
            : new PaceState(clock, due, recent.Length == state.Batches.Length ? state.Batches : [.. recent]);
        return new RolloutPace(start, next, available > start ? WaitFor(next, perMinute) : null);
    }

    private static TimeSpan WaitFor(PaceState state, int perMinute)
    {
        var at = Math.Max(state.Due, state.Clock + 1);
        if (state.Batches.Length > 0)
            at = Math.Max(at, state.Batches[^1].At + Second);
        // The window is full until enough of its oldest batches have left it.
        var surplus = Sum(state.Batches.AsSpan()) - perMinute;
        foreach (var batch in state.Batches)
        {
            if (surplus < 0)
                break;
            surplus -= batch.Count;
            at = Math.Max(at, batch.At + Minute);
        }

        return TimeSpan.FromTicks(at - state.Clock);
    }

    private static ReadOnlySpan<PaceBatch> Within(ImmutableArray<PaceBatch> batches, long after)
    {
        var first = 0;
        while (first < batches.Length && batches[first].At <= after)
            first++;
        return batches.AsSpan()[first..];
    }

    private static long Sum(ReadOnlySpan<PaceBatch> batches)
    {
        var sum = 0L;
        foreach (var batch in batches)
            sum += batch.Count;
        return sum;
    }
}
