using Godwit.Core.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>Things that a rollout has still to reach, in its order: by target and name, or shuffled over all targets.</summary>
internal sealed class PendingThings
{
    /// <summary>
    /// <see cref="ShuffleOrder.Key"/> of the thing <c>g.thing_name</c> with the seed <c>@seed</c>, null without one. The database computes it, for no list of
    /// things passes through memory.
    /// </summary>
    public const string ShuffleKeySql =
        "CASE WHEN @seed IS NULL THEN NULL ELSE SUBSTR(encode(sha256(convert_to(@seed || '/' || g.thing_name, 'UTF8')), 'hex'), 1, 16) END";

    /// <summary>
    /// Whether the thing <c>g.thing_name</c> waits by the target <c>t</c>. It counts (none or one) where a join would say the same: planners begin a join at the
    /// wrong end as soon as their statistics are from before a large job, and then read everything that waits, once for each thing that is asked about.
    /// </summary>
    public const string WaitsByTargetSql =
        "(SELECT COUNT(*) FROM job_pending p WHERE p.job_key = t.job_key AND p.position = t.position AND p.thing_name = g.thing_name) > 0";

    private static readonly PendingThings InOrder = new("position"), Shuffled = new("shuffle");

    private readonly string _lastSql;
    private readonly string _startSql;
    private readonly string _reachedSql;

    /// <param name="place">The column that the rollout goes by, and then by name.</param>
    private PendingThings(string place)
    {
        // For the planner of SQLite, which must see that the index of shuffled things holds all.
        var has = place == "shuffle" ? " AND shuffle IS NOT NULL" : "";
        _lastSql =
            $"""
            SELECT place, thing_name FROM (SELECT {place} AS place, thing_name FROM job_pending WHERE job_key = @JobKey{has} ORDER BY {place}, thing_name LIMIT @count) p
            ORDER BY place DESC, thing_name DESC LIMIT 1
            """;
        _startSql =
            $"""
            INSERT INTO job_execution (account, thing_name, job_key, execution_number, status, version, queued_at_ms, last_updated_at_ms, deadline_at_ms)
            SELECT @Account, p.thing_name, @JobKey,
              1 + COALESCE((SELECT MAX(e.execution_number) FROM job_execution e WHERE e.account = @Account AND e.thing_name = p.thing_name AND e.job_key = @JobKey), 0),
              0, 1, @now, @now, @deadline
            FROM job_pending p
            WHERE p.job_key = @JobKey{has} AND (p.{place}, p.thing_name) <= (@Place, @ThingName)
              AND EXISTS (SELECT 1 FROM thing t WHERE t.account = @Account AND t.thing_name = p.thing_name)
              AND NOT EXISTS (
                SELECT 1 FROM job_execution e WHERE e.account = @Account AND e.thing_name = p.thing_name AND e.job_key = @JobKey AND e.status < 2)
            ORDER BY p.{place}, p.thing_name
            RETURNING thing_name, execution_number
            """;
        _reachedSql = $"DELETE FROM job_pending WHERE job_key = @JobKey{has} AND ({place}, thing_name) <= (@Place, @ThingName)";
    }

    /// <summary>
    /// The next things of the snapshot, in its order, get their execution, set-based. Things that are gone meanwhile are passed over, and so are things that
    /// already have the job to do (a continuous job's members that joined ahead of its rollout).
    /// </summary>
    public static (int Reached, List<StartedRow> Started) Start(WriteSession session, JobRow job, int count) =>
        (JobConfigs.Controls(job).ShuffleSeed is null ? InOrder : Shuffled).StartNext(session, job, count);

    /// <summary>The target by which the thing waits to be reached, or null.</summary>
    public static long? PositionOf(ReadSession session, long key, string thing) => session.First<long?>(
        $"""
        SELECT t.position FROM job_target t CROSS JOIN (SELECT CAST(@thing AS TEXT) AS thing_name) g
        WHERE t.job_key = @key AND {WaitsByTargetSql} ORDER BY t.position LIMIT 1
        """,
        new { key, thing });

    private (int Reached, List<StartedRow> Started) StartNext(WriteSession session, JobRow job, int count)
    {
        if (session.First<LastRow>(_lastSql, new { job.JobKey, count }) is not { } last)
            return (0, []);
        var args = new { job.JobKey, job.Account, last.Place, last.ThingName, now = session.NowMs, deadline = JobConfigs.QueuedDeadline(job, session.NowMs) };
        var started = session.Query<StartedRow>(_startSql, args);
        return (session.Execute(_reachedSql, args), started);
    }

    private sealed record LastRow
    {
        /// <summary>A number or a text, as the column is.</summary>
        public object Place { get; init; } = "";

        public string ThingName { get; init; } = "";
    }
}

/// <summary>An execution that the rollout has started.</summary>
internal sealed record StartedRow
{
    public string ThingName { get; init; } = "";

    public long ExecutionNumber { get; init; }
}
