namespace Godwit.Simulation;

/// <summary>
/// A bug planted on purpose, to show that the simulation would find it. Most are in the SQL on its way to the database, where the service's own code cannot
/// tell; nothing of this is compiled into the service.
/// </summary>
internal sealed class Sabotage(string name, string what, (string Of, string Instead)[] sql, bool losesCommits = false, bool losesPushes = false, bool damagesBytes = false, bool repeatsPushes = false, bool losesEvents = false)
{
    private readonly Dictionary<string, string?> _rewritten = new(StringComparer.Ordinal);
    private int _count;

    public string Name => name;

    public string What => what;

    /// <summary>Whether the statement that the bug is in was seen at all: where the service's SQL has moved on, the bug must move too.</summary>
    public bool Took { get; private set; }

    public static IReadOnlyList<Func<Sabotage>> All { get; } =
    [
        () => new("rate", "one execution more than the rate allows", [("WHERE job_key = @JobKey ORDER BY position, thing_name LIMIT @count", "WHERE job_key = @JobKey ORDER BY position, thing_name LIMIT @count + 1")]),
        () => new("pace", "the pace is forgotten after each look", [("UPDATE job_progress SET pace = @pace", "UPDATE job_progress SET pace = CASE WHEN @pace IS NULL THEN NULL END")]),
        () => new("abort", "an abort forgets REJECTED", [("SELECT * FROM job_progress WHERE job_key", "SELECT p.*, p.succeeded + p.rejected AS succeeded, 0 AS rejected FROM job_progress p WHERE job_key")]),
        () => new("time-out", "a time-out fires twice", [("deadline_at_ms = @due, status_details", "deadline_at_ms = COALESCE(@due, deadline_at_ms), status_details")]),
        () => new("outage", "timers that lapsed while the service was away fire when it is back", [("e.deadline_at_ms IS NOT NULL AND e.deadline_at_ms < @until", "e.deadline_at_ms < 0 * @until")]),
        () => new("early", "a time-out fires ten seconds early", [("e.deadline_at_ms <= @now", "e.deadline_at_ms <= @now + 10000")]),
        () => new("version", "the version does not rise", [("status = @status, version = @version,", "status = @status, version = version + 0 * @version,")]),
        () => new("counter", "a counter is not changed", [("failed = failed + @failed", "failed = failed + 0 * @failed")]),
        () => new("terminal", "a late report overwrites TIMED_OUT", [("e.execution_number, e.status,", "e.execution_number, CASE e.status WHEN 4 THEN 1 ELSE e.status END AS status,")]),
        () => new("notify", "a push for the next execution is lost now and then", [], losesPushes: true),
        () => new("twice", "a push is sent twice now and then", [], repeatsPushes: true),
        () => new("event", "an event is not sent now and then", [], losesEvents: true),
        () => new("overload", "a time-out fires ahead of reports that were here before it", [("e.deadline_at_ms <= @now - @since", "e.deadline_at_ms <= @now - 0 * @since")]),
        () => new("late-joiner", "a snapshot takes late joiners", [("j.target_selection = 'CONTINUOUS' AND j.status IN (0, 1)", "j.status = 0")]),
        () => new("completion", "a job completes while devices are still at it", [("SELECT * FROM job_progress WHERE job_key", "SELECT p.*, 0 AS in_progress FROM job_progress p WHERE job_key")]),
        () => new("acknowledge", "a change is answered and its commit is lost", [], losesCommits: true),
        () => new("journal", "a cancellation is not recorded", [("VALUES (@AtMs, @Account, @Who, @Kind, @Subject, @From, @To, @Why, @Thing, @Job, @Hash)", "SELECT @AtMs, @Account, @Who, @Kind, @Subject, @From, @To, @Why, @Thing, @Job, @Hash WHERE @Kind <> 'AbortRule'")]),
        () => new("order", "some jobs push in front of older ones", [("e.queued_at_ms, e.started_at_ms, e.last_updated_at_ms", "e.queued_at_ms - CASE e.job_key % 2 WHEN 0 THEN 86400000 ELSE 0 END AS queued_at_ms, e.started_at_ms, e.last_updated_at_ms")]),
        () => new("start", "a scheduled job begins too early", [Config("scheduling_config", "\"StartTime\":\"20", "\"StartTime\":\"19")]),
        () => new("window", "a window is open for longer than it is long", [Config("scheduling_config", "\"DurationInMinutes\":", "\"DurationInMinutes\":1")]),
        () => new("end", "an end time that forces does not force", [Config("scheduling_config", "FORCE_CANCEL", "CANCEL")]),
        () => new("pause", "a paused job goes on", [("j.controls, j.paused", "j.controls, 0 AS paused")]),
        () => new("stage", "a stage is larger than it is", [Config("controls", "[10,", "[20,")]),
        () => new("cap", "the cap on devices in flight is ten times too high", [Config("controls", "\"MaxInFlight\":", "\"MaxInFlight\":1")]),
        () => new("joiner", "late joiners pass the rate that they should keep to", [Config("controls", "\"LateJoinersAtRate\":true", "\"LateJoinersAtRate\":false")]),
        () => new("queue", "a retry has no time-out while it is queued", [("@attempt, @failed, @timedOut, @deadline", "@attempt, @failed, @timedOut, NULL * @deadline")]),
        () => new("retry", "retries are not counted", [("@now, @now, @attempt, @failed, @timedOut", "@now, @now, @attempt, 0 * @failed, 0 * @timedOut")]),
        () => new("shuffle", "a shuffled rollout goes by another seed", [("convert_to(@seed || '/' ||", "convert_to('x' || @seed || '/' ||")]),
        () => new("leave", "who leaves a target is still waited for", [("DELETE FROM job_pending WHERE job_key = @JobKey AND position = @position AND thing_name = @thing", "DELETE FROM job_pending WHERE 0 = 1 AND job_key = @JobKey AND position = @position AND thing_name = @thing")]),
        () => new("leaving", "who leaves with a large group keeps what waits for it, now and then", [("AND e.thing_name > @LeftTo AND e.thing_name <= @last AND e.status = 0", "AND e.thing_name > @LeftTo AND e.thing_name < @last AND e.status = 0")]),
        () => new("associate", "targets that are added are never resolved", [("SET expanding = 1, wake_at_ms = @NowMs", "SET expanding = 0, wake_at_ms = @NowMs")]),
        () => new("orphan", "the last execution of a deletion's share stays", [("thing_name > @after AND thing_name <= @last", "thing_name > @after AND thing_name < @last")]),
        () => new("force", "a forced cancellation leaves what is in progress", [("e.thing_name > @after AND e.status <= @last", "e.thing_name > @after AND e.status <= 0 * @last")]),
        () => new("update", "a job is not watched for the criteria that it is given later", [("SET watched = @watched WHERE", "SET watched = 0 * @watched WHERE")]),
        () => new("half", "an update forgets the job that it has made", [("job_id = @JobId, error_code", "job_id = NULL, error_code")]),
        () => new("why", "a creation that fails does not say why", [("error_code = @ErrorCode", "error_code = NULL")]),
        () => new("carry", "a deletion of an update is not carried on", [("WHERE step IS NOT NULL ORDER BY created_at_ms", "WHERE step IS NOT NULL AND status <> 'DELETE_IN_PROGRESS' ORDER BY created_at_ms")]),
        () => new("stream", "a deletion of an update leaves its stream", [("DELETE FROM stream WHERE", "DELETE FROM stream WHERE 0 = 1 AND")]),
        () => new("pinned", "a stream has the newest bytes of its key", [("@ObjectVersion, @Size, @ETag, @BytesId)", "@ObjectVersion, @Size, @ETag, COALESCE((SELECT v.bytes_id FROM object_version v WHERE v.account = @account AND v.object_key = @Key AND v.is_latest = 1), @BytesId))")]),
        () => new("bit", "a bit of an image is another one now and then", [], damagesBytes: true),
        () => new("as-of", "the journal's count of a job leaves REMOVED out", [("AND thing IS NOT NULL AND seq >= @begin", "AND state_to <> 'REMOVED' AND thing IS NOT NULL AND seq >= @begin")]),
    ];

    /// <summary>One of a job's configs as the service reads it, with another text in it; the model reads the true one.</summary>
    private static (string Of, string Instead) Config(string column, string of, string instead) =>
        ($"j.{column}, ", $"REPLACE(j.{column}, '{of}', '{instead}') AS {column}, ");

    /// <summary>The statement with the bug in it, or null where it has none.</summary>
    public string? Rewrite(string statement)
    {
        if (_rewritten.TryGetValue(statement, out var known))
            return known;
        var text = statement;
        foreach (var (of, instead) in sql)
            text = text.Replace(of, instead, StringComparison.Ordinal);
        var rewritten = text == statement ? null : text;
        Took |= rewritten is not null;
        return _rewritten[statement] = rewritten;
    }

    public bool LosesCommit(List<Change> changes) => losesCommits && changes.Exists(change => change is { Table: 'F' } && change.Texts[2] == "UpdateJobExecution") && Hits(30);

    public bool LosesPush(string topic) => losesPushes && topic.EndsWith("/notify-next", StringComparison.Ordinal) && Hits(40);

    public bool RepeatsPush() => repeatsPushes && Hits(40);

    public bool LosesEvent() => losesEvents && Hits(30);

    public bool DamagesBytes() => damagesBytes && Hits(40);

    private bool Hits(int every)
    {
        Took = true;
        return ++_count % every == 0;
    }
}
