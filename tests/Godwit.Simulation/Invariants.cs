using Godwit.Core.Journal;
using Godwit.Server.Journal;

namespace Godwit.Simulation;

/// <summary>
/// What must hold whatever happens, checked against a plain model that learns of every row's change from the database itself: after each commit, at
/// every rest, at each reply and push, and as a whole after each death of a server. README.md says which of the invariants is checked where.
/// </summary>
internal sealed partial class Invariants
{
    private const long Second = TimeSpan.TicksPerSecond;

    private static readonly string[] s_statuses = ["QUEUED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "TIMED_OUT", "REJECTED", "REMOVED", "CANCELED"];
    private static readonly string[] s_jobStatuses = ["IN_PROGRESS", "SCHEDULED", "COMPLETED", "CANCELED", "DELETION_IN_PROGRESS"];

    private readonly World _world;
    private readonly Dictionary<long, ModelJob> _jobs = [];
    private readonly Dictionary<string, ModelJob> _jobsById = new(StringComparer.Ordinal);
    private readonly HashSet<string> _jobsEver = new(StringComparer.Ordinal);
    private readonly SortedSet<(long Deadline, long Job, string Thing, long Number)> _deadlines = [];
    private readonly HashSet<ModelJob> _unrested = [];

    /// <summary>What the commit at hand changed, and what it wrote into the journal.</summary>
    private readonly List<string> _expected = [];
    private readonly List<string> _recorded = [];
    private readonly HashSet<ModelJob> _changed = [];
    private byte[] _chain = FactChain.Start;

    public Invariants(World world, IReadOnlyList<SimGroup> groups)
    {
        _world = world;
        foreach (var group in groups)
            _parents.Add(group.Name, group.Parent);
        foreach (var (group, thing) in Rows("SELECT group_name, thing_name FROM thing_group_member", row => (row.GetString(0), row.GetString(1))))
            MembersOf(group).Add(thing);
        _things.UnionWith(Rows("SELECT thing_name FROM thing", row => row.GetString(0)));
    }

    public long Commits { get; private set; }

    private DateTimeOffset Wall => _world.Agenda.WallClock;

    private long WallMs => Wall.ToUnixTimeMilliseconds();

    /// <summary>Takes over what a commit has made true. Answers to whoever asked for it come later than this.</summary>
    public void OnCommit(List<Change> changes)
    {
        Commits++;
        CheckEventsSent();
        _expected.Clear();
        _recorded.Clear();
        _changed.Clear();
        foreach (var change in changes)
        {
            if (_world.Violation is not null)
                return;
            switch (change.Table)
            {
                case 'J': OnJob(change); break;
                case 'P': OnProgress(change); break;
                case 'R': OnTarget(change); break;
                case 'Q': OnWaiting(change); break;
                case 'E': OnExecution(change); break;
                case 'F': OnFact(change); break;
                case 'M': OnMember(change); break;
                case 'U': OnUpdate(change); break;
                case 'S': OnStream(change); break;
                case 'V': OnObjectGone(change); break;
                case 'T' when change.What == 'I': _things.Add(change.Text(0)); break;
                case 'T': _things.Remove(change.Text(0)); break;
            }
        }
        CheckJournal();
        CheckRetries();
        CheckMembers();
        foreach (var job in _changed)
        {
            CheckCounters(job);
            job.Passed = 0;
        }
        NoteHeads();
        _unrested.UnionWith(_changed);
    }

    /// <summary>Nothing is left to do at this instant: what is due must have been done, or be on its way.</summary>
    public void AtRest()
    {
        if (_deadlines.Count > 0 && Lateness(_deadlines.Min.Deadline) is { } late)
            Fail("I10 time-outs fire within two seconds", $"{_deadlines.Min.Thing} is {late.TotalSeconds:F1} s past its deadline");
        foreach (var job in _jobs.Values)
        {
            CheckGoesOn(job);
            CheckSchedule(job);
        }
        foreach (var job in _unrested)
            CheckRested(job);
        _unrested.Clear();
        CheckPushes();
        CheckEventsSent();
        CheckUpdates();
    }

    public bool IsDone => WhatIsLeft().Length == 0;

    public string WhatIsLeft() => string.Join("; ", _jobs.Values.Select(LeftOf)
        .Concat(_updates.Values.Select(update => update.Step is null ? "" : $"update {update.Id} is at {update.Step}")).Where(left => left.Length > 0));

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
        Same("updates", Rows("SELECT ota_update_id, status, step FROM ota_update", row => (row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2))),
            _updates.Values.Select(update => (update.Id, update.Status, update.Step)));
        Same("streams", Rows("SELECT stream_id FROM stream", row => row.GetString(0)), _streams.Where(stream => stream.Value.Gone is null).Select(stream => stream.Key));
        CheckSigning();
        var last = Rows("SELECT hash FROM journal ORDER BY seq DESC LIMIT 1", row => (byte[])row.GetValue(0));
        if (last.Count > 0 && !last[0].AsSpan().SequenceEqual(_chain))
            Fail("I1 what was committed is there", "the journal ends otherwise than it did");
    }

    public IReadOnlyList<string> JobIds => [.. _jobs.Values.Select(job => job.Id)];

    /// <summary>I13: what a job is can be told from the journal alone. Not compared where something has changed since the question.</summary>
    public void OnAsOf(DescribeJobAsOf.Response told, long commits)
    {
        if (commits != Commits || !_jobsById.TryGetValue(told.JobId, out var job) || job.Status == ModelJob.Deleting)
            return;
        var c = told.Counts;
        long[] counts = [c.Queued, c.InProgress, c.Succeeded, c.Failed, c.TimedOut, c.Rejected, c.Removed, c.Canceled];
        if (told.Status != s_jobStatuses[job.Status] || told.Paused != job.Paused || !counts.AsSpan().SequenceEqual(job.Rows))
            Fail("I13 the journal tells what the tables say", $"{job.Id} is {s_jobStatuses[job.Status]} with {Show(job.Rows)}, and by the journal {told.Status} with {Show(counts)}");
    }

    private void Same<T>(string what, IEnumerable<T> rows, IEnumerable<T> model)
    {
        var (there, expected) = (rows.ToHashSet(), model.ToHashSet());
        if (!there.SetEquals(expected) && expected.Except(there).Concat(there.Except(expected)).ToList() is { Count: > 0 } other)
            Fail("I1 what was committed is there", $"{other.Count} {what} are otherwise, for example {other[0]}");
    }

    private void OnFact(Change change)
    {
        var fact = new Fact(
            change.Text(0), change.Text(1), change.Text(2), change.Text(3), change.Texts[4], change.Texts[5], change.Texts[6], change.Texts[7], change.Texts[8]);
        _chain = FactChain.Next(_chain, change.Number(0), fact);
        if (change.What != 'I' || !_chain.AsSpan().SequenceEqual(change.Bytes))
            Fail("I13 the journal is a chain", $"record {change.Key} does not follow from the one before");
        if (fact is { Thing: null, Job: { } whole })
            ExpectOf(whole, fact);
        // What is deleted has no state after; what is left as it was has only been spoken of.
        if ((fact.Job is null && !IsOfUpdate(fact.Subject)) || fact.To is null || (fact.Thing is null && fact.From == fact.To))
            return;
        _recorded.Add($"{fact.Subject} {fact.From ?? "null"}>{fact.To}");
        if (fact is { Job: { } ofJob, Thing: { } thing, From: null } && _jobsById.TryGetValue(ofJob, out var job))
            OnQueued(job, thing, fact.Kind);
    }

    private static bool IsOfUpdate(string subject) => subject.StartsWith("otaupdate/", StringComparison.Ordinal) || subject.StartsWith("stream/", StringComparison.Ordinal);

    private void CheckJournal()
    {
        if (_expected.Count <= 1 && _expected.SequenceEqual(_recorded))
            return;
        _expected.Sort(StringComparer.Ordinal);
        _recorded.Sort(StringComparer.Ordinal);
        if (!_expected.SequenceEqual(_recorded))
            Fail("I13 one journal record for each change", $"changes [{string.Join(", ", _expected)}], records [{string.Join(", ", _recorded)}]");
    }

    private List<T> Rows<T>(string sql, Func<Microsoft.Data.Sqlite.SqliteDataReader, T> read)
    {
        var command = _world.Storage.Take(sql);
        var rows = new List<T>();
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
                rows.Add(read(reader));
        }
        _world.Storage.Return(command);
        return rows;
    }

    private static string Show(long[] rows) => string.Join(' ', rows.Select((count, status) => (count, status)).Where(r => r.count != 0).Select(r => $"{r.count} {s_statuses[r.status]}"));

    private void Fail(string invariant, string message) => _world.Fail(invariant, message);
}
