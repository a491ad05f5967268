using Godwit.Core.Jobs;

namespace Godwit.Core.Journal;

/// <summary>So many records of a job's executions that moved from one state to another; null is not there.</summary>
public readonly record struct Moves(string? From, string? To, long Count);

/// <summary>A job's counts as its journal tells them: what came to a status, less what left it. Order does not matter, so the records may come summed.</summary>
public static class JobAsOf
{
    public static JobCounts Fold(IEnumerable<Moves> moves)
    {
        var counts = new long[Enum.GetValues<JobExecutionStatus>().Length];
        foreach (var (from, to, count) in moves)
        {
            if (JobExecutionStatuses.Parse(from) is { } left)
                counts[(int)left] -= count;
            if (JobExecutionStatuses.Parse(to) is { } came)
                counts[(int)came] += count;
        }
        return new JobCounts(
            counts[(int)JobExecutionStatus.Queued], counts[(int)JobExecutionStatus.InProgress], counts[(int)JobExecutionStatus.Succeeded],
            counts[(int)JobExecutionStatus.Failed], counts[(int)JobExecutionStatus.TimedOut], counts[(int)JobExecutionStatus.Rejected],
            counts[(int)JobExecutionStatus.Removed], counts[(int)JobExecutionStatus.Canceled]);
    }
}
