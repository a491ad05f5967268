using System.Data.Common;
using System.Text;
using Godwit.Core.Jobs;
using Godwit.Core.Why;
using Godwit.Server.Jobs.Device;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs.Progress;

/// <summary>Makes a <see cref="JobPicture"/>: one walk over the job's executions by thing, as far as <see cref="ExecutionsMax"/>.</summary>
internal sealed class JobScan(JobRow job, long seq)
{
    /// <summary>What a picture holds and a page shows; of larger jobs the first by name stand for all.</summary>
    public const int ExecutionsMax = 100_000;

    private const int BucketsMax = 240;
    private const int ThingsOfCluster = 5;
    private const int ClustersMax = 50;
    private const int StepSample = 50;
    private const int QuietMax = 10;
    private static readonly long[] BucketSeconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800, 2_592_000];

    private readonly List<(string Thing, char Cell)> _cells = [];
    private readonly List<(long AtMs, char What)> _moments = [];
    private readonly Dictionary<string, (FailureCluster Cluster, List<string> Things)> _failures = [];
    private readonly List<long> _begin = [], _whole = [];
    private readonly List<string> _succeeded = [];
    private readonly PriorityQueue<string, long> _quiet = new(Comparer<long>.Create((a, b) => b.CompareTo(a)));
    private readonly Dictionary<string, long> _quietAt = [];
    private long _scanned;
    private long _selfTest;

    public JobPicture Run(ReadSession session)
    {
        var more = ReadExecutions(session);
        ReadPending(session);
        _cells.Sort((a, b) => string.CompareOrdinal(a.Thing, b.Thing));
        var cells = new StringBuilder(_cells.Count);
        foreach (var (_, cell) in _cells)
            cells.Append(cell);
        var (bucket, curve) = Curve();
        return new JobPicture
        {
            Seq = seq,
            Scanned = _scanned,
            IsSample = more,
            Cells = cells.ToString(),
            Things = _cells.ConvertAll(cell => cell.Thing),
            SelfTest = _selfTest,
            BucketSeconds = bucket,
            Curve = curve,
            Steps = Steps(session),
            Quiet = [.. _quietAt.OrderBy(pair => pair.Value).Select(pair => new QuietThing(pair.Key, JobTime.At(pair.Value)))],
            Failures = [.. _failures.Values.Select(one => one.Cluster with { Things = one.Things }).OrderByDescending(cluster => cluster.Count)],
        };
    }

    private bool ReadExecutions(ReadSession session)
    {
        using var command = session.Command(
            """
            SELECT e.thing_name, e.status, e.queued_at_ms, e.started_at_ms, e.last_updated_at_ms,
              CASE WHEN e.status IN (1, 3, 5) THEN e.status_details END
            FROM job_execution e WHERE e.job_key = @key ORDER BY e.thing_name, e.execution_number LIMIT @limit
            """);
        Bind(command, "@key", job.JobKey);
        Bind(command, "@limit", (long)ExecutionsMax + 1);
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            if (++_scanned > ExecutionsMax)
            {
                _scanned--;
                return true;
            }
            Take(
                rows.GetString(0), (JobExecutionStatus)rows.GetInt64(1), rows.GetInt64(2), rows.IsDBNull(3) ? null : rows.GetInt64(3), rows.GetInt64(4),
                rows.IsDBNull(5) ? null : rows.GetString(5));
        }
        return false;
    }

    private void ReadPending(ReadSession session)
    {
        var room = ExecutionsMax - _cells.Count;
        if (room > 0)
            foreach (var thing in session.Stream<string>("SELECT thing_name FROM job_pending WHERE job_key = @JobKey LIMIT @room", new { job.JobKey, room }))
                _cells.Add((thing, '.'));
    }

    private void Take(string thing, JobExecutionStatus status, long queuedAt, long? startedAt, long updatedAt, string? details)
    {
        var testing = status == JobExecutionStatus.InProgress && details?.Contains("\"self_test\"", StringComparison.Ordinal) == true;
        var cell = testing ? 't' : CellOf(status);
        // A later execution of the same thing is the one that counts.
        if (_cells.Count > 0 && _cells[^1].Thing == thing)
            _cells[^1] = (thing, cell);
        else
            _cells.Add((thing, cell));
        _selfTest += testing ? 1 : 0;
        if (status == JobExecutionStatus.InProgress)
            KeepQuiet(thing, updatedAt);
        _moments.Add((queuedAt, 'q'));
        if (startedAt is { } started)
            _begin.Add(Math.Max(0, started - queuedAt));
        if (status == JobExecutionStatus.Succeeded)
        {
            _moments.Add((updatedAt, 's'));
            _whole.Add(Math.Max(0, updatedAt - queuedAt));
            _succeeded.Add(thing);
        }
        else if (status is JobExecutionStatus.Failed or JobExecutionStatus.Rejected or JobExecutionStatus.TimedOut)
        {
            _moments.Add((updatedAt, 'h'));
            Cluster(thing, status, details);
        }
    }

    /// <summary>The ones that have been silent for longest.</summary>
    private void KeepQuiet(string thing, long updatedAt)
    {
        _quiet.Enqueue(thing, updatedAt);
        _quietAt[thing] = updatedAt;
        if (_quiet.Count > QuietMax)
            _quietAt.Remove(_quiet.Dequeue());
    }

    private static char CellOf(JobExecutionStatus status) => status switch
    {
        JobExecutionStatus.Queued => 'q',
        JobExecutionStatus.InProgress => 'i',
        JobExecutionStatus.Succeeded => 's',
        JobExecutionStatus.Failed => 'f',
        JobExecutionStatus.TimedOut => 'o',
        JobExecutionStatus.Rejected => 'j',
        JobExecutionStatus.Removed => 'r',
        _ => 'c',
    };

    private void Cluster(string thing, JobExecutionStatus status, string? details)
    {
        var reason = StatusDetailsJson.Read(details)?.GetValueOrDefault("reason");
        var cause = FailureCause.Of(status, reason);
        var key = $"{status.Wire()} {cause.Key}";
        if (!_failures.TryGetValue(key, out var found))
        {
            // Free texts that all differ must not fill memory.
            if (_failures.Count >= ClustersMax)
                (key, cause, reason) = ($"{status.Wire()} others", new FailureCause("others", "other causes", ""), null);
            if (!_failures.TryGetValue(key, out found))
                found = (new FailureCluster(cause.Key, status.Wire(), cause.Title, cause.Remedy, reason, 0, []), []);
        }
        if (found.Things.Count < ThingsOfCluster)
            found.Things.Add(thing);
        _failures[key] = (found.Cluster with { Count = found.Cluster.Count + 1 }, found.Things);
    }

    private (long Bucket, List<JobCurvePoint> Curve) Curve()
    {
        _moments.Sort((a, b) => a.AtMs.CompareTo(b.AtMs));
        var lastSecond = _moments.Count == 0 ? 0 : Second(_moments[^1].AtMs);
        var bucket = Array.Find(BucketSeconds, size => lastSecond / size < BucketsMax);
        bucket = bucket == 0 ? BucketSeconds[^1] : bucket;
        var curve = new List<JobCurvePoint> { default };
        var now = default(JobCurvePoint);
        foreach (var (atMs, what) in _moments)
        {
            // A point tells of all that came before the end of its bucket.
            var at = ((Second(atMs) / bucket) + 1) * bucket;
            if (at > now.AtSecond && now.AtSecond > 0)
                curve.Add(now);
            now = now with { AtSecond = at };
            now = what switch
            {
                'q' => now with { Started = now.Started + 1 },
                's' => now with { Succeeded = now.Succeeded + 1 },
                _ => now with { Hurt = now.Hurt + 1 },
            };
        }
        if (now.AtSecond > 0)
            curve.Add(now);
        return (bucket, curve);
    }

    private long Second(long atMs) => Math.Max(0, (atMs - job.CreatedAtMs) / 1000);

    /// <summary>What lies between first and last report stands in the journal only: some devices stand for all.</summary>
    private JobSteps Steps(ReadSession session)
    {
        List<long> download = [], selfTest = [];
        for (var i = 0; i < StepSample && i < _succeeded.Count; i++)
        {
            var thing = _succeeded[(int)((long)i * _succeeded.Count / Math.Min(StepSample, _succeeded.Count))];
            var reports = session.Query<ReportRow>(
                "SELECT at_ms, state_to, why FROM journal WHERE account = @Account AND thing = @thing AND job = @JobId AND kind = 'UpdateJobExecution' ORDER BY seq DESC LIMIT 200",
                new { job.Account, thing, job.JobId });
            reports.Reverse();
            var begun = reports.Find(report => report.StateTo == "IN_PROGRESS");
            var ready = reports.Find(report => report.Why == JobReports.SelfTest + "ready") ?? reports.Find(report => report.Why?.StartsWith(JobReports.SelfTest, StringComparison.Ordinal) == true);
            var ended = reports.FindLast(report => report.StateTo == "SUCCEEDED");
            if (begun is null || ready is null || ended is null)
                continue;
            download.Add(ready.AtMs - begun.AtMs);
            selfTest.Add(ended.AtMs - ready.AtMs);
        }
        return new JobSteps { Begin = StepTime.Of(_begin), Download = StepTime.Of(download), SelfTest = StepTime.Of(selfTest), Whole = StepTime.Of(_whole) };
    }

    private static void Bind(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }

    private sealed record ReportRow
    {
        public long AtMs { get; init; }

        public string StateTo { get; init; } = "";

        public string? Why { get; init; }
    }
}
