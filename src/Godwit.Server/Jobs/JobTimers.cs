using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Jobs;

/// <summary>
/// Ends executions whose timer has run out. Deadlines on file are the wall clock's; where it jumps they are moved along before anything else is written,
/// so that each timer runs for its time: a clock set forward ends no execution early, one set back none late. A machine that slept counts as one whose clock was
/// set, for no device could report meanwhile.
/// </summary>
public sealed partial class JobTimers
{
    private const string DueSql = "e.deadline_at_ms IS NOT NULL AND e.deadline_at_ms <= @now";

    private readonly Database _database;
    private readonly JobSweeper _sweeper;
    private readonly TimeProvider _time;
    private readonly ILogger<JobTimers> _log;

    public JobTimers(Database database, JobSweeper sweeper, TimeProvider time, ILogger<JobTimers> log)
    {
        (_database, _sweeper, _time, _log) = (database, sweeper, time, log);
        database.ClockJumped = MoveAlong;
    }

    /// <summary>Ends some of what is due. Answers whether there was any.</summary>
    internal async Task<bool> TimeOut(CancellationToken ct)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var any = await _database.Read(session => session.First<long>($"SELECT 1 FROM job_execution e WHERE {DueSql} LIMIT 1", new { now }), ct);
        return any != 0 && await _database.Write(EndSome, ct);
    }

    private bool EndSome(WriteSession session)
    {
        var rows = session.Query<DeviceExecutionRow>(
            $"""
            SELECT {JobExecutionRow.Columns}, {DeviceExecutionRow.OfJob} FROM job_execution e JOIN job j ON j.job_key = e.job_key
            WHERE {DueSql} ORDER BY e.deadline_at_ms LIMIT @limit
            """,
            new { now = session.NowMs, limit = JobLimits.ExecutionChunk });
        foreach (var row in rows)
        {
            var retry = _sweeper.End(session, row, JobExecutionStatus.TimedOut, TimerOf(row));
            JobStore.Count(
                session, row.JobKey,
                CountChange.Move(row.Status, JobExecutionStatus.TimedOut) + CountChange.Of(JobExecutionStatus.Queued, retry is null ? 0 : 1));
        }
        return rows.Count > 0;
    }

    private static Ending TimerOf(DeviceExecutionRow row) => new(Caller.Service(row.Account, row.Region).Arn, nameof(TimeoutRule), WhyOf(row));

    private static string WhyOf(DeviceExecutionRow row) => row.Status == JobExecutionStatus.Queued ? "godwit:queuedTimeoutMinutes"
        : row.DeadlineAtMs == row.InProgressDeadlineAtMs ? "inProgressTimeoutInMinutes" : "stepTimeoutInMinutes";

    /// <summary>All timers at once: half of them moved would be worse than a writer that is busy for a while, once in a clock's life.</summary>
    private void MoveAlong(WriteSession session, TimeSpan jump)
    {
        var moved = session.Execute(
            """
            UPDATE job_execution SET
              in_progress_deadline_at_ms = in_progress_deadline_at_ms + @by, step_deadline_at_ms = step_deadline_at_ms + @by, deadline_at_ms = deadline_at_ms + @by
            WHERE deadline_at_ms IS NOT NULL
            """,
            new { by = (long)jump.TotalMilliseconds });
        LogJump(jump, moved);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The wall clock jumped by {Jump}, or the machine slept: {Timers} timers of executions go on for their time")]
    private partial void LogJump(TimeSpan jump, int timers);
}
