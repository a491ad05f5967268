namespace Godwit.Simulation;

/// <summary>
/// A bug planted on purpose, to show that the simulation would find it. Most are in the SQL on its way to the database, where the service's own code cannot
/// tell; nothing of this is compiled into the service.
/// </summary>
internal sealed class Sabotage(string name, string what, (string Of, string Instead)[] sql, bool losesCommits = false, bool losesPushes = false)
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
        () => new("early", "a time-out fires ten seconds early", [("e.deadline_at_ms <= @now", "e.deadline_at_ms <= @now + 10000")]),
        () => new("version", "the version does not rise", [("status = @status, version = @version,", "status = @status, version = version + 0 * @version,")]),
        () => new("counter", "a counter is not changed", [("failed = failed + @failed", "failed = failed + 0 * @failed")]),
        () => new("terminal", "a late report overwrites TIMED_OUT", [("e.execution_number, e.status,", "e.execution_number, CASE e.status WHEN 4 THEN 1 ELSE e.status END AS status,")]),
        () => new("notify", "a push for the next execution is lost now and then", [], losesPushes: true),
        () => new("late-joiner", "a snapshot takes late joiners", [("j.target_selection = 'CONTINUOUS' AND j.status IN (0, 1)", "j.status = 0")]),
        () => new("completion", "a job completes while devices are still at it", [("SELECT * FROM job_progress WHERE job_key", "SELECT p.*, 0 AS in_progress FROM job_progress p WHERE job_key")]),
        () => new("acknowledge", "a change is answered and its commit is lost", [], losesCommits: true),
        () => new("journal", "a cancellation is not recorded", [("VALUES (@AtMs, @Account, @Who, @Kind, @Subject, @From, @To, @Why, @Thing, @Job, @Hash)", "SELECT @AtMs, @Account, @Who, @Kind, @Subject, @From, @To, @Why, @Thing, @Job, @Hash WHERE @Kind <> 'AbortRule'")]),
        () => new("order", "some jobs push in front of older ones", [("e.queued_at_ms, e.started_at_ms, e.last_updated_at_ms", "e.queued_at_ms - CASE e.job_key % 2 WHEN 0 THEN 86400000 ELSE 0 END AS queued_at_ms, e.started_at_ms, e.last_updated_at_ms")]),
    ];

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

    private bool Hits(int every)
    {
        Took = true;
        return ++_count % every == 0;
    }
}
