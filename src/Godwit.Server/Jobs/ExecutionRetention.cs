using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Hosting;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Jobs;

/// <summary>
/// Removes executions that ended long ago, of jobs that are over, where the operator set how long they are kept. A job's counters stay: they tell how it ended for ever.
/// </summary>
public sealed class ExecutionRetention(Database database, ServerOptions options, TimeProvider time, ILogger<ExecutionRetention> log)
    : Retention(options.KeepExecutionsDays, database, time, log)
{
    private const int Chunk = 500;

    protected override string What => "executions of jobs that are over";

    private protected override int RemoveSome(WriteSession session, long before)
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
}
