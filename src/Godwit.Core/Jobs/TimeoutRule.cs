namespace Godwit.Core.Jobs;

/// <summary>The two timers of an execution that is IN_PROGRESS. AWS: Jobs > Timeouts.</summary>
/// <param name="InProgress">Set once, at the start.</param>
/// <param name="Step">Set, replaced and removed by the device.</param>
public readonly record struct ExecutionTimers(DateTimeOffset? InProgress, DateTimeOffset? Step)
{
    /// <summary>When the execution times out: the earlier of the two.</summary>
    public DateTimeOffset? Due => InProgress is { } whole && Step is { } step ? (whole < step ? whole : step) : InProgress ?? Step;

    /// <summary>AWS: approximateSecondsBeforeTimedOut.</summary>
    public long? SecondsLeft(DateTimeOffset now) => Due is { } due ? Math.Max(0, (long)Math.Ceiling((due - now).TotalSeconds)) : null;
}

/// <summary>What a device's <c>stepTimeoutInMinutes</c> does to the timers.</summary>
public static class TimeoutRule
{
    public const int MinutesMax = 10080;

    /// <summary>AWS: -1 removes the step timer; UpdateJobExecution only.</summary>
    public const int Remove = -1;

    public static bool IsValid(long? stepTimeoutInMinutes, bool mayRemove) =>
        stepTimeoutInMinutes is null or (>= 1 and <= MinutesMax) || (mayRemove && stepTimeoutInMinutes == Remove);

    /// <summary>No value leaves the step timer alone, a new one begins it anew.</summary>
    public static ExecutionTimers WithStep(this ExecutionTimers timers, long? stepTimeoutInMinutes, DateTimeOffset now) => stepTimeoutInMinutes switch
    {
        null => timers,
        Remove => timers with { Step = null },
        { } minutes => timers with { Step = now.AddMinutes(minutes) },
    };

    /// <summary>
    /// Up to when timers may be judged while changes have to wait for their turn. What devices had reported so long ago has been carried out, in the order in which it
    /// came; a device that waits for one answer before it sends the next report has waited as long again. Our own overload is no device's failure.
    /// </summary>
    public static DateTimeOffset JudgedUpTo(DateTimeOffset now, TimeSpan waited) => now - (2 * (waited > TimeSpan.Zero ? waited : TimeSpan.Zero));

    /// <summary>Has the execution run out? Never early.</summary>
    public static bool IsDue(this ExecutionTimers timers, DateTimeOffset now) => timers.Due <= now;
}
