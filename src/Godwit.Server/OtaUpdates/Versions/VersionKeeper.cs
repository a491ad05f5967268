using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;

namespace Godwit.Server.OtaUpdates.Versions;

/// <summary>
/// Folds the journal into who runs which version: reads on from where it stopped, some hundred successes at a time, so that reports of devices need not pay for
/// it. After a kill it goes on from the record that stands in the database.
/// </summary>
public sealed class VersionKeeper(Database database, TimeProvider time) : BackgroundService
{
    private const string Reader = "fleet-versions";
    private const int RecordsMax = 5000;
    private const int SuccessesMax = 250;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Folds what is there. Answers whether there may be more.</summary>
    public async Task<bool> Fold(CancellationToken ct)
    {
        var (from, successes, until) = await database.Read(Next, ct);
        if (until > from)
            await database.Write(session => Keep(session, successes, until), ct);
        return until > from;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await FoldAll(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next start goes on.
        }
    }

    private async Task FoldAll(CancellationToken ct)
    {
        try
        {
            while (await Fold(ct))
                ct.ThrowIfCancellationRequested();
        }
        catch (StorageException)
        {
            // The database is away; the next tick tries again.
        }
    }

    private static (long From, List<SuccessRow> Successes, long Until) Next(ReadSession session)
    {
        var from = session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal_reader WHERE reader = @Reader", new { Reader });
        var last = session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal");
        var until = Math.Min(last, from + RecordsMax);
        var found = session.Query<SuccessRow>(
            """
            SELECT seq, at_ms, account, kind, thing, job FROM journal
            WHERE seq > @from AND seq <= @until AND thing IS NOT NULL
              AND ((kind = 'UpdateJobExecution' AND state_to = 'SUCCEEDED' AND job IS NOT NULL) OR kind = 'DeleteThing')
            ORDER BY seq LIMIT @SuccessesMax
            """,
            new { from, until, SuccessesMax });
        return (from, found, found.Count == SuccessesMax ? found[^1].Seq : until);
    }

    private static int Keep(WriteSession session, List<SuccessRow> successes, long until)
    {
        var versions = new Dictionary<(string Account, string Job), string?>();
        foreach (var success in successes)
        {
            if (success.Job is null)
            {
                Forget(session, success);
                continue;
            }
            if (!versions.TryGetValue((success.Account, success.Job), out var version))
                versions[(success.Account, success.Job)] = version = OtaUpdateStore.VersionOfJob(session, success.Account, success.Job);
            if (version is not null)
                Move(session, success, version);
        }
        return session.Execute(
            "INSERT INTO journal_reader (reader, seq) VALUES (@Reader, @until) ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq", new { Reader, until });
    }

    private static void Move(WriteSession session, SuccessRow success, string version)
    {
        var before = session.First<string>("SELECT version FROM thing_version WHERE account = @Account AND thing_name = @Thing", success);
        if (before == version)
            return;
        if (before is not null)
            Count(session, success, before, -1);
        Count(session, success, version, 1);
        session.Execute(
            """
            INSERT INTO thing_version (account, thing_name, version, since_ms) VALUES (@Account, @Thing, @version, @AtMs)
            ON CONFLICT (account, thing_name) DO UPDATE SET version = excluded.version, since_ms = excluded.since_ms
            """,
            new { success.Account, success.Thing, version, success.AtMs });
    }

    private static void Forget(WriteSession session, SuccessRow deleted)
    {
        if (session.First<string>("DELETE FROM thing_version WHERE account = @Account AND thing_name = @Thing RETURNING version", deleted) is { } version)
            Count(session, deleted, version, -1);
    }

    private static void Count(WriteSession session, SuccessRow success, string version, int change)
    {
        var args = new { success.Account, version, change, success.AtMs, minute = success.AtMs / 60_000 * 60_000 };
        session.Execute(
            """
            INSERT INTO version_total (account, version, things, last_at_ms) VALUES (@Account, @version, @change, @AtMs)
            ON CONFLICT (account, version) DO UPDATE SET things = version_total.things + excluded.things, last_at_ms = excluded.last_at_ms
            """,
            args);
        session.Execute(
            """
            INSERT INTO version_minute (account, minute_ms, version, change) VALUES (@Account, @minute, @version, @change)
            ON CONFLICT (account, minute_ms, version) DO UPDATE SET change = version_minute.change + excluded.change
            """,
            args);
    }

    private sealed record SuccessRow
    {
        public long Seq { get; init; }

        public long AtMs { get; init; }

        public string Account { get; init; } = "";

        public string Thing { get; init; } = "";

        /// <summary>Null where the thing was deleted.</summary>
        public string? Job { get; init; }
    }
}
