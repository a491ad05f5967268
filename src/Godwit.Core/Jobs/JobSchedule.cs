namespace Godwit.Core.Jobs;

/// <summary>What becomes of a job at its end time. AWS: <c>endBehavior</c>.</summary>
public enum EndBehavior
{
    /// <summary>Nothing more starts; what is out goes on.</summary>
    StopRollout,

    /// <summary>What has not begun is canceled.</summary>
    Cancel,

    /// <summary>What is in progress is canceled too.</summary>
    ForceCancel,
}

/// <summary>Where a moment lies in a job's schedule.</summary>
public enum SchedulePhase
{
    /// <summary>The rollout may go on.</summary>
    Open,

    BeforeStart,

    BetweenWindows,

    Ended,
}

/// <summary>The first beginning of a recurring window strictly after an instant, or null if there is none any more.</summary>
public delegate DateTimeOffset? NextOccurrence(DateTimeOffset after);

/// <summary>A maintenance window that comes again and again.</summary>
public sealed record RecurringWindow(NextOccurrence Next, TimeSpan Duration);

/// <param name="Until">When the phase may change, or null if it never does.</param>
public readonly record struct ScheduleMoment(SchedulePhase Phase, DateTimeOffset? Until);

/// <summary>When a job may roll out. AWS: Jobs > Scheduling. Windows say when executions start, not until when they must be done.</summary>
public sealed record JobSchedule(DateTimeOffset? Start, DateTimeOffset? End, EndBehavior AtEnd, IReadOnlyList<RecurringWindow> Windows)
{
    public static JobSchedule Always { get; } = new(null, null, EndBehavior.StopRollout, []);

    public ScheduleMoment At(DateTimeOffset now)
    {
        if (End <= now)
            return new ScheduleMoment(SchedulePhase.Ended, null);
        if (Start > now)
            return new ScheduleMoment(SchedulePhase.BeforeStart, Start);
        if (Windows.Count == 0)
            return new ScheduleMoment(SchedulePhase.Open, End);
        DateTimeOffset? closes = null, opens = null;
        foreach (var window in Windows)
        {
            // The first beginning that reaches past now: if it lies behind, the window is open.
            if (window.Next(now - window.Duration) is not { } begins)
                continue;
            if (begins <= now)
                closes = Later(closes, begins + window.Duration);
            else
                opens = Earlier(opens, begins);
        }
        return closes is not null
            ? new ScheduleMoment(SchedulePhase.Open, Earlier(closes, End))
            : new ScheduleMoment(SchedulePhase.BetweenWindows, Earlier(opens, End));
    }

    /// <summary>AWS: <c>scheduledJobRollouts</c>: when the next windows begin, each moment once.</summary>
    public IReadOnlyList<DateTimeOffset> NextWindows(DateTimeOffset now, int count)
    {
        var found = new List<DateTimeOffset>(count);
        // A window that begins exactly at the start is one of the job's.
        var after = Start > now ? Start.Value.AddTicks(-1) : now;
        while (found.Count < count)
        {
            DateTimeOffset? next = null;
            foreach (var window in Windows)
                next = Earlier(next, window.Next(after));
            if (next is not { } begins || begins >= End)
                break;
            found.Add(begins);
            after = begins;
        }
        return found;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b : a;

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b : a;
}
