using Godwit.Core.Jobs;

namespace Godwit.Core.Planning;

/// <summary>One rollout in simulated time.</summary>
/// <param name="Outcome">COMPLETED, CANCELED by an abort rule or its end time, or IN_PROGRESS for a job that never ends.</param>
/// <param name="EndedAtSecond">When the job completed or was canceled.</param>
/// <param name="AbortedBy">The place of the criterion that stopped it.</param>
/// <param name="Hurt">
/// Devices whose last execution had failed, been rejected or timed out when the job ended, which one that is trying again is not; a device that fell back to its
/// old image reports FAILED.
/// </param>
/// <param name="HurtInTheEnd">The same once those that were in progress at an abort have ended too.</param>
/// <param name="Reverted">How many of the failed fell back to their old image.</param>
/// <param name="Counts">In the end.</param>
/// <param name="LastSecond">When the last event happened, or the horizon.</param>
/// <param name="PastHorizon">Something was left to do at the horizon.</param>
/// <param name="Events">Steps that the simulation took, seconds without events left out.</param>
public sealed record ForecastRun(
    JobStatus Outcome, int? EndedAtSecond, int? AbortedBy, long Hurt, long HurtInTheEnd, long Reverted, JobCounts Counts, int LastSecond, bool PastHorizon,
    IReadOnlyList<RolloutStage> Stages, IReadOnlyList<ForecastMinute> Timeline, long Events)
{
    /// <summary>The same as the timeline, by the second for a rollout of minutes and coarser the longer it takes.</summary>
    public IReadOnlyList<ForecastPoint> Curve { get; init; } = [];

    /// <summary>Executions among the counts that are retries.</summary>
    public long Retried { get; init; }

    /// <summary>Things that joined the job's targets while it ran.</summary>
    public long Joined { get; init; }

    /// <summary>Devices that the rollout had not reached when its end time came.</summary>
    public long NotReached { get; init; }
}

/// <summary>The time at which one rate, and one of the stages that were asked for, was in force.</summary>
/// <param name="StartsAtSecond">When the rate was earned and first used.</param>
/// <param name="EndsAtSecond">When the next was, or the last execution was started.</param>
/// <param name="Started">Executions started at this rate, retries left out.</param>
/// <param name="Percent">The share of the fleet that the stage goes to; null without stages.</param>
public readonly record struct RolloutStage(int PerMinute, int StartsAtSecond, int EndsAtSecond, long Started, double? Percent = null);

/// <summary>How many executions had come so far by the end of a minute; <paramref name="InProgress"/> and <paramref name="Queued"/> are in that state then.</summary>
public readonly record struct ForecastMinute(
    int Minute, long Started, long Queued, long InProgress, long Succeeded, long Failed, long Rejected, long TimedOut, long Canceled);

/// <summary>How many executions had been started, had succeeded, and had failed, been rejected or timed out before a second.</summary>
public readonly record struct ForecastPoint(int Second, long Started, long Succeeded, long Hurt);
