namespace Godwit.Core.Jobs;

/// <summary>An execution that a thing has still to do: QUEUED or IN_PROGRESS.</summary>
public readonly record struct OpenExecution(string JobId, long ExecutionNumber, bool Started, DateTimeOffset QueuedAt, DateTimeOffset? StartedAt);

/// <summary>The order in which a thing does its jobs: what it has begun (oldest start first), then what waits (oldest first, then by job id).</summary>
public static class ExecutionQueue
{
    public static OpenExecution? Head(IEnumerable<OpenExecution> open)
    {
        OpenExecution? head = null;
        foreach (var execution in open)
            if (head is not { } first || Compare(execution, first) < 0)
                head = execution;
        return head;
    }

    public static int Compare(OpenExecution a, OpenExecution b)
    {
        if (a.Started != b.Started)
            return a.Started ? -1 : 1;
        var byTime = a.Started ? Nullable.Compare(a.StartedAt, b.StartedAt) : a.QueuedAt.CompareTo(b.QueuedAt);
        if (byTime != 0)
            return byTime;
        var byJob = string.CompareOrdinal(a.JobId, b.JobId);
        return byJob != 0 ? byJob : a.ExecutionNumber.CompareTo(b.ExecutionNumber);
    }
}
