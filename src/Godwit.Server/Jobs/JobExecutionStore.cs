using System.Data.Common;
using Godwit.Core.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>The rows of executions, as devices and operations find and change them.</summary>
internal static class JobExecutionStore
{
    /// <summary>
    /// What devices may see: not what a deletion is taking away. A QUEUED execution of a job that is over is not pending, even before the sweep has come to it.
    /// </summary>
    private const string Pending = "e.status < 2 AND (j.status = 0 OR (e.status = 1 AND j.status <> 4))";

    private const string WithJob =
        $"""
        SELECT {JobExecutionRow.Columns}, {DeviceExecutionRow.OfJob}
        FROM job j JOIN job_execution e ON e.account = j.account AND e.thing_name = @thing AND e.job_key = j.job_key
        WHERE j.account = @account AND j.job_id = @jobId AND j.status <> 4
        """;

    /// <summary>An execution of a job that is not being deleted: by number, or the newest.</summary>
    public static DeviceExecutionRow? Find(ReadSession session, string account, string thing, string jobId, long? number) => number is null
        ? session.First<DeviceExecutionRow>(WithJob + " ORDER BY e.execution_number DESC LIMIT 1", new { account, thing, jobId })
        : session.First<DeviceExecutionRow>(WithJob + " AND e.execution_number = @number", new { account, thing, jobId, number });

    /// <summary>The same for a report, with every one of which it runs.</summary>
    public static DeviceExecutionRow? FindHot(WriteSession session, string account, string thing, string jobId, long? number) => session.FirstHot(
        WithJob + " AND (CAST(@number AS BIGINT) IS NULL OR e.execution_number = @number) ORDER BY e.execution_number DESC LIMIT 1",
        DeviceExecutionRow.Read,
        ("@account", account), ("@thing", thing), ("@jobId", jobId), ("@number", number));

    /// <summary>All that a thing has still to do, by the index of open executions.</summary>
    public static List<DeviceExecutionRow> Open(ReadSession session, string account, string thing) => session.Query<DeviceExecutionRow>(
        $"""
        SELECT {JobExecutionRow.Columns}, {DeviceExecutionRow.OfJob}
        FROM job_execution e JOIN job j ON j.job_key = e.job_key
        WHERE e.account = @account AND e.thing_name = @thing AND {Pending}
        """,
        new { account, thing });

    /// <summary>
    /// The same as the thing has been told: what a job that is canceled or deleted has not begun with it is still there, until the sweep comes to it and tells of it.
    /// </summary>
    public static List<OpenExecution> Told(WriteSession session, string account, string thing) => session.QueryHot(
        """
        SELECT j.job_id, e.execution_number, e.status, e.queued_at_ms, e.started_at_ms FROM job_execution e JOIN job j ON j.job_key = e.job_key
        WHERE e.account = @account AND e.thing_name = @thing AND e.status < 2
        """,
        row => new OpenExecution(
            row.GetString(0), row.GetInt64(1), row.GetInt64(2) == (long)JobExecutionStatus.InProgress, DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            row.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4))),
        ("@account", account), ("@thing", thing));

    /// <summary>What the thing does next, or null.</summary>
    public static DeviceExecutionRow? Head(ReadSession session, string account, string thing) => Head(Open(session, account, thing));

    public static DeviceExecutionRow? Head(List<DeviceExecutionRow> open)
    {
        DeviceExecutionRow? head = null;
        foreach (var row in open)
            if (head is null || ExecutionQueue.Compare(row.ToOpen(), head.ToOpen()) < 0)
                head = row;
        return head;
    }

    /// <summary>Writes an execution's next state; the version it was decided on fences it.</summary>
    public static void Update(WriteSession session, JobExecutionRow was, ExecutionState next, string? details, bool force = false)
    {
        var changed = session.RunHot(
            """
            UPDATE job_execution SET
              status = @status, version = @version, started_at_ms = @started, last_updated_at_ms = @now, in_progress_deadline_at_ms = @inProgress,
              step_deadline_at_ms = @step, deadline_at_ms = @due, status_details = @details, force_canceled = @forced
            WHERE account = @account AND thing_name = @thing AND job_key = @key AND execution_number = @number AND version = @was
            """,
            ("@status", (long)next.Status),
            ("@version", next.Version),
            ("@started", next.StartedAt?.ToUnixTimeMilliseconds()),
            ("@now", session.NowMs),
            ("@inProgress", next.Timers.InProgress?.ToUnixTimeMilliseconds()),
            ("@step", next.Timers.Step?.ToUnixTimeMilliseconds()),
            ("@due", next.Timers.Due?.ToUnixTimeMilliseconds()),
            ("@details", details),
            ("@forced", force ? 1 : was.ForceCanceled),
            ("@account", was.Account),
            ("@thing", was.ThingName),
            ("@key", was.JobKey),
            ("@number", was.ExecutionNumber),
            ("@was", was.Version));
        if (changed != 1)
            throw new InvalidOperationException($"Execution {was.ExecutionNumber} of {was.ThingName} moved on from version {was.Version} while it was changed.");
    }

    /// <summary>Sets the timers and nothing else: no new version, no new lastUpdatedAt.</summary>
    public static void SetTimers(WriteSession session, JobExecutionRow row, ExecutionTimers timers) => session.Execute(
        """
        UPDATE job_execution SET in_progress_deadline_at_ms = @inProgress, step_deadline_at_ms = @step, deadline_at_ms = @due
        WHERE account = @Account AND thing_name = @ThingName AND job_key = @JobKey AND execution_number = @ExecutionNumber
        """,
        new
        {
            row.Account,
            row.ThingName,
            row.JobKey,
            row.ExecutionNumber,
            inProgress = timers.InProgress?.ToUnixTimeMilliseconds(),
            step = timers.Step?.ToUnixTimeMilliseconds(),
            due = timers.Due?.ToUnixTimeMilliseconds(),
        });

    /// <summary>How the journal names an execution.</summary>
    public static string Subject(string jobId, string thing, long number) => $"job/{jobId}/thing/{thing}/{number}";
}

/// <summary>An execution with what its job says about it.</summary>
internal sealed record DeviceExecutionRow : JobExecutionRow
{
    public string Region { get; init; } = "";

    public JobStatus JobStatus { get; init; }

    public long? InProgressTimeoutMinutes { get; init; }

    public string? RetryConfig { get; init; }

    /// <summary>What this record takes of the job, under the name <c>j</c>.</summary>
    public const string OfJob = "j.job_id, j.region, j.status AS job_status, j.in_progress_timeout_minutes, j.retry_config";

    /// <summary>Reads <see cref="JobExecutionRow.Columns"/> and then <see cref="OfJob"/>, by their places.</summary>
    public static DeviceExecutionRow Read(DbDataReader row) => new()
    {
        Account = row.GetString(0),
        ThingName = row.GetString(1),
        JobKey = row.GetInt64(2),
        ExecutionNumber = row.GetInt64(3),
        Status = (JobExecutionStatus)row.GetInt64(4),
        Version = row.GetInt64(5),
        QueuedAtMs = row.GetInt64(6),
        StartedAtMs = Number(row, 7),
        LastUpdatedAtMs = row.GetInt64(8),
        InProgressDeadlineAtMs = Number(row, 9),
        StepDeadlineAtMs = Number(row, 10),
        DeadlineAtMs = Number(row, 11),
        ForceCanceled = row.GetInt64(12),
        RetryAttempt = row.GetInt64(13),
        StatusDetails = row.IsDBNull(14) ? null : row.GetString(14),
        RetriedFailed = row.GetInt64(15),
        RetriedTimedOut = row.GetInt64(16),
        JobId = row.GetString(17),
        Region = row.GetString(18),
        JobStatus = (JobStatus)row.GetInt64(19),
        InProgressTimeoutMinutes = Number(row, 20),
        RetryConfig = row.IsDBNull(21) ? null : row.GetString(21),
    };

    private static long? Number(DbDataReader row, int place) => row.IsDBNull(place) ? null : row.GetInt64(place);

    public TimeSpan? InProgressTimeout => InProgressTimeoutMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null;
}
