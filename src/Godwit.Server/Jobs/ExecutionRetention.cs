using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Jobs;

/// <summary>
/// Removes executions that ended long ago, of jobs that are over, where the operator set how long they are kept. A job's counters stay: they tell how it ended for ever.
/// </summary>
public sealed partial class ExecutionRetention(Database database, ServerOptions options, TimeProvider time, ILogger<ExecutionRetention> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    private const int Chunk = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.KeepExecutionsDays is null)
            return;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
                await Round(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    /// <summary>Removes all that is due; answers how many went.</summary>
    internal async Task<long> Round(CancellationToken ct)
    {
        if (options.KeepExecutionsDays is not { } days)
            return 0;
        var before = time.GetUtcNow().AddDays(-days).ToUnixTimeMilliseconds();
        var removed = 0L;
        try
        {
            while (await database.Write(session => RemoveSome(session, before), ct) is > 0 and var some)
                removed += some;
        }
        catch (StorageException failure)
        {
            LogFailed(failure);
        }
        if (removed > 0)
            LogRemoved(removed, days);
        return removed;
    }

    private int RemoveSome(WriteSession session, long before)
    {
        var job = session.First<JobRow>(
            $"""
            SELECT {JobRow.Columns} FROM job j WHERE j.status IN (2, 3) AND COALESCE(j.completed_at_ms, j.last_updated_at_ms) < @before
              AND EXISTS (SELECT 1 FROM job_execution e WHERE e.job_key = j.job_key AND e.status >= 2 AND e.last_updated_at_ms < @before) LIMIT 1
            """,
            new { before });
        if (job is null)
            return 0;
        var rows = session.Query<JobExecutionRow>(
            $"SELECT {JobExecutionRow.Columns} FROM job_execution e WHERE e.job_key = @JobKey AND e.status >= 2 AND e.last_updated_at_ms < @before ORDER BY e.thing_name, e.execution_number LIMIT @limit",
            new { job.JobKey, before, limit = Chunk });
        foreach (var row in rows)
            session.Execute(
                "DELETE FROM job_execution WHERE account = @Account AND thing_name = @ThingName AND job_key = @JobKey AND execution_number = @ExecutionNumber",
                new { row.Account, row.ThingName, row.JobKey, row.ExecutionNumber });
        session.Record(new Fact(
            job.Account, Caller.Service(job.Account, job.Region).Arn, nameof(ExecutionRetention), "job/" + job.JobId, job.Status.ToString(), job.Status.ToString(),
            $"{rows.Count} executions that ended more than {options.KeepExecutionsDays} days ago are removed"));
        return rows.Count;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} executions that ended more than {Days} days ago")]
    private partial void LogRemoved(long count, int days);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old executions could not be removed; the next round tries again")]
    private partial void LogFailed(Exception failure);
}
