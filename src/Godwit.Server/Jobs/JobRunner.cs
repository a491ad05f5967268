using Godwit.Core.Jobs;
using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Jobs;

/// <summary>
/// Does what is due: looks at jobs whose hour has come, and times executions out. Woken by the bell and by the clock, for the next hour that stands in the
/// database; without either it sleeps, and looks once in a while whether it was forgotten.
/// </summary>
public sealed partial class JobRunner(Database database, JobBell bell, JobStep step, JobTimers timers, JobMetrics metrics, TimeProvider time, ILogger<JobRunner> log) : BackgroundService
{
    /// <summary>A bell that was lost is made good after this long.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);

    /// <summary>Hours that lie closer together than this are met in one go.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);

    private const int JobsPerRound = 64;

    /// <summary>Pieces of a snapshot that take less than the one are made larger, and smaller where they take more than the other.</summary>
    private static readonly TimeSpan QuickPiece = TimeSpan.FromMilliseconds(12), SlowPiece = TimeSpan.FromMilliseconds(30);

    /// <summary>The largest piece, in chunks of <see cref="JobLimits.ExpandChunk"/>.</summary>
    private const int ChunksMax = 10;

    /// <summary>By this much the wall clock may part from the monotonic one before it counts as set.</summary>
    private static readonly TimeSpan Drift = TimeSpan.FromSeconds(1);

    private (DateTimeOffset Clock, long Timestamp)? _looked;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = time.GetUtcNow() + SweepEvery;
            try
            {
                next = await RunDue(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                LogFailed(failure);
            }
            await WaitUntil(next, stoppingToken);
        }
    }

    /// <summary>Does all that is due now; answers when to look again.</summary>
    internal async Task<DateTimeOffset> RunDue(CancellationToken ct)
    {
        await WakeAllAfterJump(ct);
        while (await LookAtJobs(ct, mayResolve: true) | await timers.TimeOut(ct))
            ct.ThrowIfCancellationRequested();
        var now = time.GetUtcNow();
        var due = await database.Read(
            session => session.First<long?>(
                """
                SELECT MIN(at_ms) FROM (
                  SELECT MIN(wake_at_ms) AS at_ms FROM job_progress WHERE wake_at_ms IS NOT NULL
                  UNION ALL SELECT MIN(deadline_at_ms) FROM job_execution WHERE deadline_at_ms IS NOT NULL) d
                """),
            ct);
        return JobTime.At(due) is { } at && at < now + SweepEvery ? at : now + SweepEvery;
    }

    /// <summary>
    /// Hours on file are the wall clock's: where it was set back, or may have been while no runner looked, a rollout would stand still until it has caught up.
    /// A look that comes early does no harm, for the pace keeps time of its own. The write that a jump brings about, either way, also moves the timers along.
    /// </summary>
    private async Task WakeAllAfterJump(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var jumped = _looked is not { } looked || (now - looked.Clock - time.GetElapsedTime(looked.Timestamp)).Duration() > Drift;
        _looked = (now, time.GetTimestamp());
        if (jumped)
            await database.Write(
                session => session.Execute(
                    "UPDATE job_progress SET wake_at_ms = @NowMs WHERE wake_at_ms > @NowMs AND job_key IN (SELECT j.job_key FROM job j WHERE j.status = 0)",
                    new { session.NowMs }),
                ct);
    }

    private async Task<bool> LookAtJobs(CancellationToken ct, bool mayResolve)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var due = await database.Read(
            session => session.Query<DueRow>(
                "SELECT job_key, expanding FROM job_progress WHERE wake_at_ms IS NOT NULL AND wake_at_ms <= @now AND expanding <= @resolving ORDER BY wake_at_ms LIMIT @limit",
                new { now, resolving = mayResolve ? 1 : 0, limit = JobsPerRound }),
            ct);
        foreach (var job in due)
        {
            metrics.Looked();
            try
            {
                if (job.Expanding != 0)
                    await Resolve(job.JobKey, ct);
                else
                    await database.Write(session => { step.Run(session, job.JobKey); return 0; }, ct);
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or StorageException))
            {
                // One job that cannot be run must not hold up the others.
                LogJobFailed(failure, job.JobKey);
                await PutOff(job.JobKey, ct);
            }
        }
        return due.Count > 0;
    }

    private Task PutOff(long key, CancellationToken ct) => database.Write(
        session => session.Execute("UPDATE job_progress SET wake_at_ms = @later WHERE job_key = @key", new { key, later = session.NowMs + (long)SweepEvery.TotalMilliseconds }),
        ct);

    /// <summary>
    /// Takes the snapshot of a large job, so many things in each transaction. Where the pieces end is read beforehand in one pass beside the writer,
    /// so that each piece is one range of the membership's index. Each costs a commit, and whoever reports waits for it: a piece is as large as the machine is quick.
    /// In between, other jobs go on and timers run out: a million things take a while.
    /// </summary>
    private async Task Resolve(long key, CancellationToken ct)
    {
        while (await database.Read(session => JobTargets.Next(session, key), ct) is { } target)
        {
            var ends = target.GroupName is null ? [] : await database.Read(session => JobTargets.ChunkEnds(session, target), ct);
            for (int done = 0, chunks = 1; done <= ends.Count;)
            {
                done += chunks;
                var (end, took) = (done <= ends.Count ? ends[done - 1] : null, TimeSpan.Zero);
                var goesOn = await database.Write(
                    session =>
                    {
                        var begun = time.GetTimestamp();
                        var resolved = ResolveChunk(session, key, target.Position, end);
                        took = time.GetElapsedTime(begun);
                        return resolved;
                    },
                    ct);
                if (!goesOn)
                    return;
                chunks = took < QuickPiece ? Math.Min(chunks * 2, ChunksMax) : took > SlowPiece ? Math.Max(chunks / 2, 1) : chunks;
                await LookAtJobs(ct, mayResolve: false);
                await timers.TimeOut(ct);
            }
        }
        await database.Write(
            session => session.Execute(
                "UPDATE job_progress SET expanding = 0, wake_at_ms = @now, version = version + 1 WHERE job_key = @key AND expanding <> 0",
                new { key, now = session.NowMs }),
            ct);
    }

    /// <summary>False if the job has ended, or another runner is at it.</summary>
    private static bool ResolveChunk(WriteSession session, long key, long position, string? end)
    {
        if (JobStore.Find(session, key)?.Status is not (JobStatus.InProgress or JobStatus.Scheduled) || JobTargets.Next(session, key) is not { } target || target.Position != position)
            return false;
        if (end is not null && string.CompareOrdinal(end, target.ExpandedTo) <= 0)
            return true;
        var added = JobTargets.Expand(session, key, target, end);
        session.Execute("UPDATE job_progress SET pending = pending + @added, version = version + 1 WHERE job_key = @key", new { key, added });
        return true;
    }

    private async Task WaitUntil(DateTimeOffset next, CancellationToken ct)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var delay = next - time.GetUtcNow();
        var rung = bell.Wait(waiting.Token);
        await Task.WhenAny(rung, Task.Delay(delay < Breath ? Breath : delay, time, waiting.Token));
        // Not CancelAsync, which goes by way of the thread pool: what is woken goes on where it waited.
        waiting.Cancel();
    }

    private sealed record DueRow
    {
        public long JobKey { get; init; }

        public long Expanding { get; init; }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {JobKey} could not be run; it is looked at again in a while")]
    private partial void LogJobFailed(Exception failure, long jobKey);

    [LoggerMessage(Level = LogLevel.Error, Message = "The jobs' runner failed and looks again in a while")]
    private partial void LogFailed(Exception failure);
}
