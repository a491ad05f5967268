namespace Godwit.Core.Jobs;

/// <summary>A job as the runner finds it.</summary>
/// <param name="Continuous">New members of its targets get it too, so it never completes.</param>
/// <param name="Pending">Things of the snapshot that have no execution yet.</param>
/// <param name="Resolving">Targets are still being resolved to things.</param>
/// <param name="Notified">Things that have been told of the job: a retry tells none anew.</param>
/// <param name="Elapsed">Time that has certainly passed since <paramref name="Pace"/> was computed.</param>
public readonly record struct JobState(
    JobStatus Status, bool Continuous, long Pending, bool Resolving, long Notified, JobCounts Counts, RolloutRate Rate, IReadOnlyList<AbortCriterion> Abort,
    PaceState Pace, TimeSpan Elapsed)
{
    /// <summary>Where now lies in the job's schedule.</summary>
    public SchedulePhase Phase { get; init; }

    /// <summary>How long until the phase may change; null if it never does.</summary>
    public TimeSpan? PhaseEnds { get; init; }

    public EndBehavior AtEnd { get; init; }

    /// <summary>An operator holds the rollout.</summary>
    public bool Paused { get; init; }

    /// <summary>Null for none.</summary>
    public JobControls? Controls { get; init; }

    /// <summary>Executions among <see cref="Counts"/> that are retries.</summary>
    public long Retried { get; init; }
}

/// <summary>What the runner is to do with a job.</summary>
/// <param name="AbortedBy">The place of the criterion that stops the job, or null.</param>
/// <param name="Start">Executions to start now.</param>
/// <param name="Complete">The job is done.</param>
/// <param name="Pace">The pace after the start; as it was where the pace was not asked.</param>
/// <param name="Wait">When to look again; null while only devices are waited for.</param>
public readonly record struct JobDecision(int? AbortedBy, int Start, bool Complete, PaceState Pace, TimeSpan? Wait)
{
    /// <summary>A scheduled job's hour has come: it is in progress from now on.</summary>
    public bool Begin { get; init; }

    /// <summary>The end time is reached, and its behavior is to be carried out.</summary>
    public bool End { get; init; }
}

/// <summary>A job, its counts and the time: what to do next. The runner and the dry run both decide by it.</summary>
public static class JobTick
{
    public static JobDecision Decide(in JobState job)
    {
        var nothing = new JobDecision(null, 0, false, job.Pace, null);
        if (job.Status == JobStatus.Scheduled)
            return job.Phase == SchedulePhase.BeforeStart ? nothing with { Wait = job.PhaseEnds } : Decide(job with { Status = JobStatus.InProgress }) with { Begin = true };
        if (job.Status != JobStatus.InProgress)
            return nothing;
        // Abort comes before start: after the failure that reached the threshold, no further device gets the job.
        if (AbortRule.FirstThatHolds(job.Abort, job.Counts) is { } criterion)
            return nothing with { AbortedBy = criterion };
        // Completion comes before the end time: where every device is done there is nothing left to cancel.
        if (!job.Continuous && !job.Resolving && job.Pending == 0 && job.Counts.Open == 0)
            return nothing with { Complete = true, Wait = job.PhaseEnds };
        if (job.Phase == SchedulePhase.Ended && (job.AtEnd != EndBehavior.StopRollout || job.Pending > 0 || job.Resolving))
            return nothing with { End = true };
        nothing = nothing with { Wait = job.PhaseEnds };
        if (job.Resolving || job.Pending == 0 || job.Phase != SchedulePhase.Open || job.Paused)
            return nothing;
        var room = RolloutGate.Open(job.Controls ?? JobControls.None, job.Pending, job.Counts.All - job.Retried, job.Counts);
        var pace = RolloutPace.Next(job.Pace, job.Elapsed, job.Rate.PerMinute(job.Notified, job.Counts.Succeeded), room);
        return nothing with { Start = pace.Start, Pace = pace.State, Wait = pace.Wait < job.PhaseEnds ? pace.Wait : job.PhaseEnds ?? pace.Wait };
    }
}
