using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Jobs;

/// <summary>
/// Ends executions whose timer has run out. Deadlines on file are the wall clock's; where it jumps they are moved along before anything else is written,
/// so that each timer runs for its time: a clock set forward ends no execution early, one set back none late. A machine that slept counts as one whose clock was
/// set, for no device could report meanwhile. A service that comes back gives devices the time to say what they have done: <see cref="OutageGrace"/>. Where changes
/// wait for a slow disk, what devices had reported in time is carried out first: <see cref="TimeoutRule.JudgedUpTo"/>.
/// </summary>
public sealed partial class JobTimers
{
    private const string DueSql = "e.deadline_at_ms IS NOT NULL AND e.deadline_at_ms <= @now";

    private const string WithinSql = "e.deadline_at_ms IS NOT NULL AND e.deadline_at_ms < @until";

    private readonly Database _database;
    private readonly JobSweeper _sweeper;
    private readonly TimeSpan _grace;
    private readonly TimeProvider _time;
    private readonly ILogger<JobTimers> _log;

    /// <summary>When the timers were last looked at, by the monotonic clock; null before the first look of this process.</summary>
    private long? _looked;

    public JobTimers(Database database, JobSweeper sweeper, ServerOptions options, TimeProvider time, ILogger<JobTimers> log)
    {
        (_database, _sweeper, _grace, _time, _log) = (database, sweeper, options.TimeoutGrace, time, log);
        database.ClockJumped = MoveAlong;
    }

    /// <summary>Ends some of what is due. Answers whether there was any.</summary>
    internal async Task<bool> TimeOut(CancellationToken ct)
    {
        await GiveGrace(ct);
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var any = await _database.Read(session => session.First<long>($"SELECT 1 FROM job_execution e WHERE {DueSql} LIMIT 1", new { now }), ct);
        return any != 0 && await _database.Write(EndSome, ct);
    }

    /// <summary>Ahead of the first look, and of one that the database or an overload has held up: nothing may lapse before it is through.</summary>
    private async Task GiveGrace(CancellationToken ct)
    {
        if (OutageGrace.Of(_looked is { } looked ? _time.GetElapsedTime(looked) : null, _time.GetUtcNow(), _grace) is { } grace)
        {
            var until = grace.Until.ToUnixTimeMilliseconds();
            var any = await _database.Read(session => session.First<long>($"SELECT 1 FROM job_execution e WHERE {WithinSql} LIMIT 1", new { until }), ct);
            while (any != 0 && await _database.Write(session => MoveSome(session, until), ct) > 0)
                ct.ThrowIfCancellationRequested();
        }
        _looked = _time.GetTimestamp();
    }

    /// <summary><see cref="OutageGrace.Moved(ExecutionTimers)"/> for some of the timers that lapse within the grace. Answers how many.</summary>
    internal int MoveSome(WriteSession session, long until)
    {
        var moved = session.Query<long>(
            $"""
            UPDATE job_execution SET
              in_progress_deadline_at_ms = CASE WHEN in_progress_deadline_at_ms < @until THEN @until ELSE in_progress_deadline_at_ms END,
              step_deadline_at_ms = CASE WHEN step_deadline_at_ms < @until THEN @until ELSE step_deadline_at_ms END,
              deadline_at_ms = @until
            WHERE (account, thing_name, job_key, execution_number) IN (
              SELECT e.account, e.thing_name, e.job_key, e.execution_number FROM job_execution e WHERE {WithinSql} LIMIT @limit)
            RETURNING job_key
            """,
            new { until, limit = JobLimits.ExpandChunk });
        foreach (var (key, timers) in moved.CountBy(key => key).OrderBy(count => count.Key))
            if (JobStore.Find(session, key) is { } job)
                session.Record(new Fact(
                    job.Account, Caller.Service(job.Account, job.Region).Arn, nameof(OutageGrace), "job/" + job.JobId, job.Status.Wire(), job.Status.Wire(),
                    $"The service was away: {timers} timers that lapse before {JobTime.At(until):u} lapse then.", Job: job.JobId));
        LogGrace(moved.Count, JobTime.At(until));
        return moved.Count;
    }

    private bool EndSome(WriteSession session)
    {
        var judged = TimeoutRule.JudgedUpTo(session.Now, _grace > TimeSpan.Zero ? session.Waited : TimeSpan.Zero);
        var rows = session.Query<DeviceExecutionRow>(
            $"""
            SELECT {JobExecutionRow.Columns}, {DeviceExecutionRow.OfJob} FROM job_execution e JOIN job j ON j.job_key = e.job_key
            WHERE {DueSql} - @since ORDER BY e.deadline_at_ms LIMIT @limit
            """,
            new { now = session.NowMs, since = (long)Math.Ceiling((session.Now - judged).TotalMilliseconds), limit = JobLimits.ExecutionChunk });
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

    [LoggerMessage(Level = LogLevel.Information, Message = "The service was away: {Timers} timers of executions do not lapse before {Until}")]
    private partial void LogGrace(int timers, DateTimeOffset until);

    [LoggerMessage(Level = LogLevel.Information, Message = "The wall clock jumped by {Jump}, or the machine slept: {Timers} timers of executions go on for their time")]
    private partial void LogJump(TimeSpan jump, int timers);
}
