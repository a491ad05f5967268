namespace Godwit.Core.Jobs;

/// <summary>An execution as the rules see it.</summary>
public sealed record ExecutionState(JobExecutionStatus Status, long Version, DateTimeOffset? StartedAt, ExecutionTimers Timers);

/// <summary>Why a change of an execution is refused; the doors have names of their own for these.</summary>
public enum ExecutionRefusal
{
    /// <summary>A value that is never right, whatever the execution's state.</summary>
    InvalidRequest,

    /// <summary>A status that is not the device's to set.</summary>
    IllegalStatus,

    /// <summary>A status that cannot follow the present one.</summary>
    InvalidTransition,

    TerminalState,

    VersionMismatch,
}

/// <summary>Either the execution after the change, or why it is refused and in which words.</summary>
public readonly record struct ExecutionDecision(ExecutionState? Next, ExecutionRefusal Refusal = default, string Message = "");

/// <summary>May a device move an execution from here to there? AWS: Jobs > Job execution states.</summary>
public static class ExecutionUpdate
{
    /// <param name="execution">The execution as it is.</param>
    /// <param name="status">The status that the device reports, as written.</param>
    /// <param name="expectedVersion">The version that the device believes in, or null.</param>
    /// <param name="stepTimeoutInMinutes">As <see cref="TimeoutRule"/> takes it.</param>
    /// <param name="inProgressTimeout">The job's time-out, for the start.</param>
    public static ExecutionDecision Decide(
        ExecutionState execution, string status, long? expectedVersion, long? stepTimeoutInMinutes, TimeSpan? inProgressTimeout, DateTimeOffset now)
    {
        if (JobExecutionStatuses.Parse(status) is not { } wanted)
            return Refuse(ExecutionRefusal.InvalidRequest, $"{status} is not a status of a job execution. Report IN_PROGRESS, SUCCEEDED, FAILED or REJECTED.");
        if (!TimeoutRule.IsValid(stepTimeoutInMinutes, mayRemove: true))
            return Refuse(ExecutionRefusal.InvalidRequest, StepTimeoutText(mayRemove: true));
        if (execution.Status.IsTerminal())
            return Refuse(ExecutionRefusal.TerminalState, $"Job execution is in terminal state {execution.Status.Wire()} and cannot be changed.");
        if (expectedVersion is { } expected && expected != execution.Version)
            return Refuse(ExecutionRefusal.VersionMismatch, $"Expected version {expected} but found version {execution.Version}");
        if (wanted is JobExecutionStatus.TimedOut or JobExecutionStatus.Removed or JobExecutionStatus.Canceled)
            return Refuse(ExecutionRefusal.IllegalStatus, NotToBe(wanted));
        if (wanted == JobExecutionStatus.Queued)
            return Refuse(ExecutionRefusal.InvalidTransition, NotToBe(wanted));
        return new ExecutionDecision(Move(execution, wanted, stepTimeoutInMinutes, inProgressTimeout, now));
    }

    /// <summary>The execution after the service itself (a time-out, a cancellation, a removal) has ended it.</summary>
    public static ExecutionState End(ExecutionState execution, JobExecutionStatus status) =>
        execution with { Status = status, Version = execution.Version + 1, Timers = default };

    public static string StepTimeoutText(bool mayRemove) =>
        $"Provide valid timeout value, stepTimeoutInMinutes must be 1 to {TimeoutRule.MinutesMax}{(mayRemove ? ", or -1 to remove the step timer" : "")}.";

    private static ExecutionState Move(
        ExecutionState execution, JobExecutionStatus wanted, long? stepTimeoutInMinutes, TimeSpan? inProgressTimeout, DateTimeOffset now)
    {
        if (wanted.IsTerminal())
            return End(execution, wanted);
        var starts = execution.Status == JobExecutionStatus.Queued;
        // The in-progress timer runs from the start and is never begun anew.
        var timers = starts ? new ExecutionTimers(now + inProgressTimeout, null) : execution.Timers;
        return new ExecutionState(wanted, execution.Version + 1, starts ? now : execution.StartedAt, timers.WithStep(stepTimeoutInMinutes, now));
    }

    private static ExecutionDecision Refuse(ExecutionRefusal refusal, string message) => new(null, refusal, message);

    private static string NotToBe(JobExecutionStatus status) => $"The status of job execution cannot be changed to be {status.Wire()}";
}
