namespace Godwit.Core.Jobs;

/// <summary>
/// What becomes of timers of executions when the service is back after it was away: devices could not report meanwhile, so whatever has lapsed, or lapses before
/// they had time to connect and say so, lapses when that time is over. Our own outage is never a device's failure.
/// </summary>
/// <param name="Until">The service is back, and the grace is over then.</param>
public readonly record struct OutageGrace(DateTimeOffset Until)
{
    /// <summary>A service that has not looked at its timers for so long was away; it looks at them every half a minute at least.</summary>
    public static readonly TimeSpan Away = TimeSpan.FromMinutes(1);

    public static readonly TimeSpan Default = TimeSpan.FromMinutes(2);

    public static readonly TimeSpan Max = TimeSpan.FromHours(1);

    /// <param name="sinceLook">How long ago the service last looked at its timers; null where it has only just started.</param>
    public static OutageGrace? Of(TimeSpan? sinceLook, DateTimeOffset now, TimeSpan grace) =>
        grace <= TimeSpan.Zero || sinceLook < Away ? null : new OutageGrace(now + grace);

    /// <summary>When a timer lapses: never earlier than it would have, and later only where it would have lapsed within the grace.</summary>
    public DateTimeOffset? Moved(DateTimeOffset? due) => due < Until ? Until : due;

    public ExecutionTimers Moved(ExecutionTimers timers) => new(Moved(timers.InProgress), Moved(timers.Step));
}
