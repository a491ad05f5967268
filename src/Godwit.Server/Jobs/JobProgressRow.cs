using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>A row of <c>job_progress</c>: what moves while a job runs.</summary>
internal sealed record JobProgressRow
{
    public long JobKey { get; init; }

    public long Version { get; init; }

    public long Queued { get; init; }

    public long InProgress { get; init; }

    public long Succeeded { get; init; }

    public long Failed { get; init; }

    public long TimedOut { get; init; }

    public long Rejected { get; init; }

    public long Removed { get; init; }

    public long Canceled { get; init; }

    public long Pending { get; init; }

    /// <summary>Things that it had not reached when it was stopped.</summary>
    public long Spared { get; init; }

    public long Retried { get; init; }

    public string? Pace { get; init; }

    public long Watched { get; init; }

    public long Expanding { get; init; }

    public long Sweep { get; init; }

    public string SweptTo { get; init; } = "";

    /// <summary>What the things of a large group that is gone have not begun is being taken away: <see cref="JobLeaving"/>.</summary>
    public long Leaving { get; init; }

    public long LeftPosition { get; init; }

    public string LeftTo { get; init; } = "";

    public string? LeavingBy { get; init; }

    public long? WakeAtMs { get; init; }

    public JobCounts ToCounts() => new(Queued, InProgress, Succeeded, Failed, TimedOut, Rejected, Removed, Canceled);
}
