using Godwit.Core.Journal;

namespace Godwit.Simulation;

/// <summary>
/// What must hold whatever happens, checked against a plain model that learns of every row's change from the database itself: after each commit, at
/// every rest, at each reply and push, and as a whole after each death of a server.
/// </summary>
internal sealed partial class Invariants
{
    private const long Second = TimeSpan.TicksPerSecond;

    private static readonly string[] s_statuses = ["QUEUED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "TIMED_OUT", "REJECTED", "REMOVED", "CANCELED"];
    private static readonly string[] s_jobStatuses = ["IN_PROGRESS", "SCHEDULED", "COMPLETED", "CANCELED", "DELETION_IN_PROGRESS"];

    private readonly World _world;
    private readonly Dictionary<long, ModelJob> _jobs = [];
    private readonly HashSet<string> _jobsEver = new(StringComparer.Ordinal);
    private readonly HashSet<string> _things = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _members = new(StringComparer.Ordinal);
    private readonly SortedSet<(long Deadline, long Job, string Thing, long Number)> _deadlines = [];
    private readonly HashSet<ModelJob> _unrested = [];
    private byte[] _chain = FactChain.Start;

    public Invariants(World world)
    {
        _world = world;
        foreach (var (group, thing) in Rows("SELECT group_name, thing_name FROM thing_group_member", row => (row.GetString(0), row.GetString(1))))
            MembersOf(group).Add(thing);
        _things.UnionWith(Rows("SELECT thing_name FROM thing", row => row.GetString(0)));
    }

    public long Commits { get; private set; }

    private DateTimeOffset Wall => _world.Agenda.WallClock;

    /// <summary>Takes over what a commit has made true. Answers to whoever asked for it come later than this.</summary>
    public void OnCommit(List<Change> changes)
    {
        Commits++;
        var (expected, recorded, started) = (new List<string>(), new List<string>(), new Dictionary<ModelJob, int>());
        var touched = new HashSet<ModelJob>();
        foreach (var change in changes)
        {
            if (_world.Violation is not null)
                return;
            switch (change.Table)
            {
                case 'J': OnJob(change, expected, touched); break;
                case 'P': OnProgress(change, touched); break;
                case 'R': OnTarget(change); break;
                case 'Q': OnPendingThing(change, touched); break;
                case 'E': OnExecution(change, expected, touched); break;
                case 'F': OnFact(change, recorded, started); break;
                case 'M' when change.What == 'I': MembersOf(change.Text(0)).Add(change.Text(1)); break;
                case 'M': MembersOf(change.Text(0)).Remove(change.Text(1)); break;
                case 'T' when change.What == 'I': _things.Add(change.Text(0)); break;
                case 'T': _things.Remove(change.Text(0)); break;
            }
        }
        CheckJournal(expected, recorded);
        foreach (var job in touched)
            CheckCounters(job);
        foreach (var (job, count) in started)
            CheckRate(job, count);
        NoteHeads();
        _unrested.UnionWith(touched);
    }

    /// <summary>Nothing is left to do at this instant: what is due must have been done, or be on its way.</summary>
    public void AtRest()
    {
        if (_deadlines.Count > 0 && Lateness(_deadlines.Min.Deadline) is { } late)
            Fail("I10 time-outs fire within two seconds", $"{_deadlines.Min.Thing} is {late.TotalSeconds:F1} s past its deadline");
        foreach (var job in _jobs.Values)
            CheckGoesOn(job);
        foreach (var job in _unrested)
        {
            if (!_jobs.ContainsKey(job.Key))
                continue;
            if (job.Status == ModelJob.InProgress && job.MustAbort())
                Fail("I6 an abort comes at once", $"{job.Id} has reached its criterion and goes on: {Show(job.Rows)}");
            if (job.Status == ModelJob.InProgress && !job.Continuous && !job.Expanding && job.Pending == 0 && job.Open == 0)
                Fail("a snapshot completes", $"{job.Id} has nothing left to do and is not COMPLETED");
            if (job.Status == ModelJob.Canceled && job.Rows[0] > 0)
                Fail("I6 a canceled job leaves nothing queued", $"{job.Id} has {job.Rows[0]} executions QUEUED");
            if (job.Status == ModelJob.Deleting)
                Fail("I12 a deletion ends", $"{job.Id} is still there");
        }
        _unrested.Clear();
        CheckPushes();
    }

    /// <summary>A rollout waits a minute at the most, for its window; a look that was put off by a clock that jumped comes with the next sweep.</summary>
    private void CheckGoesOn(ModelJob job)
    {
        if (job.Status != ModelJob.InProgress || job.PendingRows == 0 || _world.Server is not { } server)
            return;
        var since = Math.Max(Math.Max(job.Starts.Count > 0 ? job.Starts[^1].At : job.CreatedAt, server.StartedAt), _world.JumpedAt);
        if (_world.Agenda.Now - since > 95 * Second)
            Fail("a rollout goes on", $"{job.Id} has {job.PendingRows} to be reached and has started none for a minute and a half");
    }

    public bool IsDone => WhatIsLeft().Length == 0;

    public string WhatIsLeft() => string.Join("; ", _jobs.Values.Select(LeftOf).Where(left => left.Length > 0));

    /// <summary>The whole database against the whole model: nothing that was committed is gone, nothing that was not is there.</summary>
    public void CheckAll()
    {
        var rows = Rows("SELECT job_key, thing_name, execution_number, status, version, status_details FROM job_execution", row =>
            (row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.IsDBNull(5) ? null : row.GetString(5)));
        var model = _jobs.Values.SelectMany(job => job.Executions.Values).Select(e => (e.Job.Key, e.Thing, e.Number, e.Status, e.Version, e.Details));
        Same("executions", rows, model);
        Same("jobs", Rows("SELECT job_key, status FROM job", row => (row.GetInt64(0), row.GetInt64(1))), _jobs.Values.Select(job => (job.Key, job.Status)));
        Same("things to be reached", Rows("SELECT job_key, COUNT(*) FROM job_pending GROUP BY job_key", row => (row.GetInt64(0), (int)row.GetInt64(1))),
            _jobs.Values.Where(job => job.PendingRows > 0).Select(job => (job.Key, job.PendingRows)));
        var last = Rows("SELECT hash FROM journal ORDER BY seq DESC LIMIT 1", row => (byte[])row.GetValue(0));
        if (last.Count > 0 && !last[0].AsSpan().SequenceEqual(_chain))
            Fail("I1 what was committed is there", "the journal ends otherwise than it did");
    }

    private void Same<T>(string what, IEnumerable<T> rows, IEnumerable<T> model)
    {
        var (there, expected) = (rows.ToHashSet(), model.ToHashSet());
        if (expected.Except(there).Concat(there.Except(expected)).ToList() is { Count: > 0 } other)
            Fail("I1 what was committed is there", $"{other.Count} {what} are otherwise, for example {other[0]}");
    }

    private void OnJob(Change change, List<string> expected, HashSet<ModelJob> touched)
    {
        if (change.What == 'D')
        {
            if (_jobs.Remove(change.Key, out var gone) && gone.Executions.Count > 0)
                Fail("I12 a deletion leaves no orphan", $"{gone.Id} is gone and {gone.Executions.Count} executions of it are not");
            return;
        }
        if (change.What == 'I')
        {
            var created = new ModelJob(change) { CreatedAt = _world.Agenda.Now };
            _jobs.Add(created.Key, created);
            _jobsEver.Add(created.Id);
            touched.Add(created);
            expected.Add($"job/{created.Id} null>{s_jobStatuses[created.Status]}");
            return;
        }
        var (job, status) = (_jobs[change.Key], change.Number(0));
        if (job.Status == status)
            return;
        expected.Add($"job/{job.Id} {s_jobStatuses[job.Status]}>{s_jobStatuses[status]}");
        CheckJobMove(job, status, change.Texts[4]);
        job.Status = status;
        touched.Add(job);
        foreach (var execution in job.Executions.Values)
            Touch(execution.Thing);
    }

    private void CheckJobMove(ModelJob job, long status, string? reason)
    {
        var possible = (job.Status, status) is (ModelJob.InProgress, ModelJob.Completed or ModelJob.Canceled or ModelJob.Deleting)
            or (ModelJob.Completed or ModelJob.Canceled, ModelJob.Deleting);
        if (!possible)
            Fail("I2 a job moves along its states", $"{job.Id} from {s_jobStatuses[job.Status]} to {s_jobStatuses[status]}");
        if (status == ModelJob.Completed)
        {
            var missing = job.Snapshot.Where(thing => _things.Contains(thing) && !job.Executions.ContainsKey((thing, 1))).ToList();
            if (job.Continuous || job.Open > 0 || job.PendingRows > 0 || missing.Count > 0)
                Fail("a job completes when all is done", $"{job.Id} is COMPLETED with {job.Open} open, {job.PendingRows} to be reached, {missing.Count} never reached");
        }
        if (status != ModelJob.Canceled || reason != "JOB_ABORTED")
            return;
        if (!job.MustAbort() || job.Aborted)
            Fail("I6 an abort fires exactly when it is due, once", $"{job.Id} is aborted with {Show(job.Rows)}");
        job.Aborted = true;
    }

    private void OnProgress(Change change, HashSet<ModelJob> touched)
    {
        if (change.What == 'D' || !_jobs.TryGetValue(change.Key, out var job))
            return;
        for (var i = 0; i < 8; i++)
            job.Counters[i] = change.Number(i);
        (job.Pending, job.Expanding) = (change.Number(8), change.Number(9) != 0);
        touched.Add(job);
    }

    private void OnTarget(Change change)
    {
        var job = _jobs[change.Key];
        if (change.Texts[1] is not { } group)
        {
            job.Snapshot.Add(change.Text(0)[(change.Text(0).LastIndexOf('/') + 1)..]);
            return;
        }
        job.Groups.Add(group);
        job.Snapshot.UnionWith(AllMembersOf(group));
    }

    private void OnPendingThing(Change change, HashSet<ModelJob> touched)
    {
        if (!_jobs.TryGetValue(change.Key, out var job))
            return;
        job.PendingRows += change.What == 'I' ? 1 : -1;
        touched.Add(job);
    }

    private void OnExecution(Change change, List<string> expected, HashSet<ModelJob> touched)
    {
        if (!_jobs.TryGetValue(change.Key, out var job))
        {
            Fail("I12 a deletion leaves no orphan", $"an execution of {change.Text(0)} belongs to no job");
            return;
        }
        var now = ModelExecution.Of(job, change);
        var was = job.Executions.GetValueOrDefault((now.Thing, now.Number));
        touched.Add(job);
        if (was is not null)
        {
            job.Rows[was.Status]--;
            _deadlines.Remove((was.Deadline ?? 0, job.Key, was.Thing, was.Number));
        }
        if (change.What == 'D')
        {
            job.Executions.Remove((now.Thing, now.Number));
            Move(was, null);
            return;
        }
        var name = $"job/{job.Id}/thing/{now.Thing}/{now.Number}";
        if (was is null)
            CheckInsert(job, now);
        else
            CheckUpdate(was, now);
        if (was is null || was.Version != now.Version)
            expected.Add($"{name} {(was is null ? "null" : s_statuses[was.Status])}>{s_statuses[now.Status]}");
        job.Rows[now.Status]++;
        job.Executions[(now.Thing, now.Number)] = now;
        if (now.Deadline is { } deadline)
            _deadlines.Add((deadline, job.Key, now.Thing, now.Number));
        Move(was, now);
        _world.Note($"  {name} {s_statuses[now.Status]} v{now.Version}");
    }

    private void CheckInsert(ModelJob job, ModelExecution now)
    {
        if (now is not { Status: 0, Version: 1 })
            Fail("I2 an execution begins QUEUED with version 1", $"{now.Thing} of {job.Id} begins {s_statuses[now.Status]} with version {now.Version}");
        if (job.Status != ModelJob.InProgress)
            Fail("I6 nothing starts after the end", $"{now.Thing} gets {job.Id}, which is {s_jobStatuses[job.Status]}");
        if (!job.Continuous && !job.Snapshot.Contains(now.Thing))
            Fail("I7 a snapshot is frozen", $"{now.Thing} gets {job.Id} and was in none of its targets");
        if (now.Number > 1 && (!job.Executions.TryGetValue((now.Thing, now.Number - 1), out var before) || before.IsOpen))
            Fail("I2 executions follow each other", $"{now.Thing} gets execution {now.Number} of {job.Id} while the one before is not over");
    }

    private void CheckUpdate(ModelExecution was, ModelExecution now)
    {
        var what = $"{now.Thing} of {now.Job.Id}, {s_statuses[was.Status]} v{was.Version} to {s_statuses[now.Status]} v{now.Version}";
        if (!was.IsOpen)
            Fail("I2 terminal is final", what);
        if (now.Status < was.Status || (was.Status == 0 && now.Status == 4))
            Fail("I2 an execution moves along its states", what);
        var changed = was.Status != now.Status || was.Details != now.Details || was.UpdatedAt != now.UpdatedAt;
        if (now.Version != was.Version + 1 && (changed || now.Version != was.Version))
            Fail("I3 the version rises by one", what);
        if (now.Status != 1 && now.Deadline is not null)
            Fail("I10 only what is in progress times out", what);
        if (was.Status == 1 && was.StartedAt != now.StartedAt)
            Fail("I2 an execution starts once", what);
        if (now.Status != 4)
            return;
        if (was.Deadline is not { } deadline || deadline > Wall.ToUnixTimeMilliseconds())
            Fail("I10 no time-out comes early", $"{what}, due at {was.Deadline}, at {Wall.ToUnixTimeMilliseconds()}");
        else if (Lateness(deadline) is { } late)
            Fail("I10 time-outs fire within two seconds", FormattableString.Invariant($"{what} is {late.TotalSeconds:F1} s late"));
    }

    /// <summary>By how much too late it is, if it is, for something that was due at a time of the server's wall clock. A clock that jumps is seen at the next sweep.</summary>
    private TimeSpan? Lateness(long dueMs)
    {
        if (_world.Server is not { } server)
            return null;
        var passed = (DateTimeOffset.FromUnixTimeMilliseconds(dueMs) - Agenda.Start - _world.Agenda.Skew).Ticks;
        var since = Math.Max(passed, server.StartedAt);
        var allowed = Math.Max(since + (2 * Second), _world.JumpedAt + (_world.JumpedAt > 0 ? 32 * Second : 0));
        return _world.Agenda.Now > allowed ? TimeSpan.FromTicks(_world.Agenda.Now - since) : null;
    }

    private void OnFact(Change change, List<string> recorded, Dictionary<ModelJob, int> started)
    {
        var fact = new Fact(
            change.Text(0), change.Text(1), change.Text(2), change.Text(3), change.Texts[4], change.Texts[5], change.Texts[6], change.Texts[7], change.Texts[8]);
        _chain = FactChain.Next(_chain, change.Number(0), fact);
        if (change.What != 'I' || !_chain.AsSpan().SequenceEqual(change.Bytes))
            Fail("I13 the journal is a chain", $"record {change.Key} does not follow from the one before");
        // What is deleted has no state after; what is left as it was has only been spoken of.
        if (fact.Job is null || fact.To is null || (fact.Thing is null && fact.From == fact.To))
            return;
        recorded.Add($"{fact.Subject} {fact.From ?? "null"}>{fact.To}");
        if (fact is { Kind: "RolloutPace", Thing: not null } && _jobs.Values.FirstOrDefault(job => job.Id == fact.Job) is { } rolled)
            started[rolled] = started.GetValueOrDefault(rolled) + 1;
    }

    private void CheckJournal(List<string> expected, List<string> recorded)
    {
        expected.Sort(StringComparer.Ordinal);
        recorded.Sort(StringComparer.Ordinal);
        if (!expected.SequenceEqual(recorded))
            Fail("I13 one journal record for each change", $"changes [{string.Join(", ", expected)}], records [{string.Join(", ", recorded)}]");
    }

    private void CheckCounters(ModelJob job)
    {
        // What a deletion takes away is not counted any more.
        if (!_jobs.ContainsKey(job.Key) || job.Status == ModelJob.Deleting)
            return;
        if (!job.Rows.AsSpan().SequenceEqual(job.Counters))
            Fail("counters equal rows", $"{job.Id} counts {Show(job.Counters)} and has {Show(job.Rows)}");
        if (job.Status == ModelJob.InProgress && job.Pending != job.PendingRows)
            Fail("counters equal rows", $"{job.Id} counts {job.Pending} things to be reached and has {job.PendingRows}");
    }

    private void CheckRate(ModelJob job, int count)
    {
        var now = _world.Agenda.Now;
        job.Starts.Add((now, count));
        var rate = job.RateAt(job.All - count);
        var minute = job.Starts.Where(start => start.At > now - (60 * Second)).Sum(start => start.Count);
        var second = job.Starts.Where(start => start.At > now - Second).Sum(start => start.Count);
        if (minute > rate)
            Fail("I5 no minute holds more than the rate", $"{job.Id} started {minute} in a minute at a rate of {rate}");
        if (second > (rate / 60.0) + 1)
            Fail("I5 the rate is smooth", $"{job.Id} started {second} in a second at a rate of {rate} a minute");
        if (job.MustAbort())
            Fail("I6 nothing starts once an abort is due", $"{job.Id} started {count} with {Show(job.Rows)}");
    }

    private string LeftOf(ModelJob job)
    {
        if (job.Status == ModelJob.InProgress && !job.Continuous)
            return $"{job.Id} is IN_PROGRESS with {Show(job.Rows)} and {job.PendingRows} to be reached";
        if (job.Open > 0 || job.PendingRows > 0)
            return $"{job.Id} has {Show(job.Rows)} and {job.PendingRows} to be reached";
        if (!job.Continuous || job.Status != ModelJob.InProgress)
            return "";
        var without = job.Groups.SelectMany(AllMembersOf).FirstOrDefault(thing => !job.Executions.ContainsKey((thing, 1)));
        return without is null ? "" : $"{job.Id} has not come to {without}, a member of its targets";
    }

    private IEnumerable<string> AllMembersOf(string group) => group == "all" ? MembersOf("all").Concat(MembersOf("a")).Concat(MembersOf("b")) : MembersOf(group);

    private HashSet<string> MembersOf(string group)
    {
        if (!_members.TryGetValue(group, out var members))
            _members.Add(group, members = new HashSet<string>(StringComparer.Ordinal));
        return members;
    }

    private List<T> Rows<T>(string sql, Func<Microsoft.Data.Sqlite.SqliteDataReader, T> read)
    {
        using var command = _world.Storage.Raw.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    private static string Show(long[] rows) => string.Join(' ', rows.Select((count, status) => (count, status)).Where(r => r.count != 0).Select(r => $"{r.count} {s_statuses[r.status]}"));

    private void Fail(string invariant, string message) => _world.Fail(invariant, message);
}
