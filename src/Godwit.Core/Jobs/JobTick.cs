namespace Godwit.Core.Jobs;

/// <summary>A job as the runner finds it.</summary>
/// <param name="Continuous">New members of its targets get it too, so it never completes.</param>
/// <param name="Pending">Things of the snapshot that have no execution yet.</param>
/// <param name="Resolving">Targets are still being resolved to things.</param>
/// <param name="Notified">Executions that the rollout has started.</param>
public sealed record JobState(
    JobStatus Status, bool Continuous, long Pending, bool Resolving, long Notified, JobCounts Counts, RolloutRate Rate, IReadOnlyList<AbortCriterion> Abort, RolloutPace Pace);

/// <summary>What the runner is to do with a job.</summary>
/// <param name="AbortedBy">The place of the criterion that stops the job, or null.</param>
/// <param name="Start">Executions to start now.</param>
/// <param name="Complete">The job is done.</param>
/// <param name="Pace">The pace after the start.</param>
/// <param name="LookAt">When to look again by the clock; null while only devices are waited for.</param>
public sealed record JobDecision(int? AbortedBy, int Start, bool Complete, RolloutPace Pace, DateTimeOffset? LookAt);

/// <summary>A job, its counts and the time: what to do next.</summary>
public static class JobTick
{
    public static JobDecision Decide(JobState job, DateTimeOffset now)
    {
        var nothing = new JobDecision(null, 0, false, job.Pace, null);
        if (job.Status != JobStatus.InProgress)
            return nothing;
        // Abort comes before start: after the failure that reached the threshold, no further device gets the job.
        if (AbortRule.FirstThatHolds(job.Abort, job.Counts) is { } criterion)
            return nothing with { AbortedBy = criterion };
        if (job.Resolving)
            return nothing;
        if (job.Pending == 0)
            return nothing with { Complete = !job.Continuous && job.Counts.Open == 0 };
        var answer = job.Pace.Ask(now, job.Rate.PerMinute(job.Notified, job.Counts.Succeeded));
        var start = (int)Math.Min(answer.Count, job.Pending);
        return nothing with { Start = start, Pace = answer.Next, LookAt = start < job.Pending ? answer.AskAt : null };
    }
}
